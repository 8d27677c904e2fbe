// Single items that the reader leaves out of a run's numbers.

import { enter, expect, finishRun, importLogs, look, makeSet, panel, region, testIn } from './support.js';

const test = testIn();

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  const criteria = [
    { name: 'Helpful', question: 'Does the response answer what was asked?' },
    { name: 'Short', question: 'Is it as short as it can be?' },
  ];
  made.set = await makeSet(world, 'Support', { feature: 'support' }, criteria);
  made.run = (await finishRun(world, made.set)).id;
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const items = (page) => region(page, 'Items, the worst first');
const rows = (page) => items(page).getByRole('listitem');
const tile = (page, name) => region(page, 'Numbers').locator('.tile', { has: page.getByRole('heading', { name, exact: true }) }).locator('.big');
const notice = (page) => page.locator('.left-out');

/** Opens the run with all its items, and waits for their texts. */
async function open(page, more = '') {
  await page.goto(`/runs/${made.run}?show=all${more}`);
  await expect(items(page).getByText(/level \d/).first()).toBeVisible();
}

test('an item is left out of every number, in the address, and counted again', async ({ page, visitor, world }) => {
  await open(page);
  const before = await tile(page, 'Average score').textContent();
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/') && asked.push(request.url()));
  await expect(rows(page)).toHaveCount(15);
  await rows(page).first().getByRole('button', { name: /^Leave out: / }).click();
  await expect(notice(page)).toContainText('1 item is left out of every number on this page.');
  await expect(rows(page)).toHaveCount(14);
  await expect(tile(page, 'Average score')).not.toHaveText(before);
  await expect(items(page).getByRole('button', { name: /^All/ })).toHaveText('All 14');
  await rows(page).first().getByRole('button', { name: /^Leave out: / }).click();
  await expect(notice(page)).toContainText('2 items are left out of every number on this page.');
  expect(asked, 'it is worked out in the browser').toEqual([]);
  await look(page, 'run-left-out');

  const other = await visitor();
  await enter(other, world);
  await other.goto(page.url());
  await expect(rows(other)).toHaveCount(13);
  await expect(tile(other, 'Average score')).toHaveText(await tile(page, 'Average score').textContent());

  await page.goBack();
  await expect(rows(page)).toHaveCount(14);
  await page.goForward();
  await notice(page).getByText('Which they are').click();
  await notice(page).getByRole('button', { name: /^Count it again: / }).first().click();
  await expect(rows(page)).toHaveCount(14);
  await notice(page).getByRole('button', { name: 'Count all items again' }).click();
  await expect(notice(page)).toHaveCount(0);
  await expect(page).not.toHaveURL(/without=/);
  await expect(tile(page, 'Average score')).toHaveText(before);
});

test('who leaves items out by keys goes on at the next one', async ({ page }) => {
  await open(page);
  const buttons = items(page).getByRole('button', { name: /^Leave out: / });
  const [, second, third] = await Promise.all([0, 1, 2].map((place) => buttons.nth(place).getAttribute('aria-label')));
  await buttons.first().focus();
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(14);
  await expect(items(page).getByRole('button', { name: second, exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(13);
  await expect(items(page).getByRole('button', { name: third, exact: true })).toBeFocused();
});

test('a key leaves the row out that has the focus', async ({ page }) => {
  await open(page);
  const [, second, third] = await Promise.all([0, 1, 2].map((place) => rows(page).nth(place).getAttribute('id')));
  await page.keyboard.press('j');
  await expect(rows(page).first().getByRole('link')).toBeFocused();
  await page.keyboard.press('o');
  await expect(rows(page)).toHaveCount(14);
  await expect(page.locator(`#${second} .leave-out`)).toBeFocused();
  await page.keyboard.press('o');
  await expect(rows(page)).toHaveCount(13);
  await expect(page.locator(`#${third} .leave-out`)).toBeFocused();
  await expect(notice(page)).toContainText('2 items are left out of every number on this page.');
});

test('who leaves out what is far down reads on where it stood', async ({ page }) => {
  await open(page);
  const top = (id) => page.locator(`#${id}`).evaluate((row) => row.getBoundingClientRect().top);
  for (const place of [5, 4]) {
    // In the middle of the screen, with more than half a screen below it.
    await rows(page).nth(place).evaluate((row) => row.scrollIntoView({ block: 'center' }));
    const [gone, next] = await Promise.all([place, place + 1].map((place) => rows(page).nth(place).getAttribute('id')));
    const before = await top(gone);
    await rows(page).nth(place).getByRole('button', { name: /^Leave out: / }).click();
    await expect(page.locator(`#${gone}`)).toHaveCount(0);
    await expect(page.locator(`#${next} .leave-out`)).toBeFocused();
    await expect.poll(async () => Math.abs((await top(next)) - before)).toBeLessThan(60);
  }
});

test('whoever leaves out more than an address holds is told', async ({ page }) => {
  const many = Array.from({ length: 100 }, (_, n) => `gone${n}`);
  await open(page, `&without=${many.join(',')}`);
  await expect(notice(page)).toContainText('100 items are left out');
  await rows(page).first().getByRole('button', { name: /^Leave out: / }).click();
  await expect(page.locator('.toasts')).toContainText('100 items are left out already, and the address of a page holds no more.');
  await expect(rows(page)).toHaveCount(15);
  await look(page, 'run-most-left-out');
});

test('what is left out can still be read, and all of it may be', async ({ page, world }) => {
  const { data } = await world.ask('GET', `/api/runs/${made.run}/results`);
  const all = data.map((row) => row.item_id);
  await open(page, `&without=${all[3]}`);
  await notice(page).getByText('Which they are').click();
  await notice(page).getByRole('link').click();
  await expect(panel(page, 'Item').getByRole('heading', { name: 'What the judge says' })).toBeVisible();
  await page.goto(`/runs/${made.run}?without=${all.join(',')}`);
  await expect(notice(page)).toContainText('15 items are left out');
  await expect(tile(page, 'Pass rate')).toHaveText('–');
  await page.goto(`/runs/${made.run}?without=,,`);
  await expect(tile(page, 'Pass rate')).not.toHaveText('–');
  await expect(notice(page)).toHaveCount(0);
});
