// A set of hundreds of items: few rows are in the page, the last is reached, it is sorted whole, and what is
// checked goes and comes back at once.

import { enter, expect, importLogs, log, look, makeSet, signInLink, testIn } from './support.js';

const ITEMS = 450;
const FEATURES = ['search', 'code', 'support'];

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

let set;

test.beforeAll(async ({ world }) => {
  await importLogs(world, Array.from({ length: ITEMS }, (_, n) => log(`Question ${n}?`, `Answer ${n}.`, { feature: FEATURES[n % 3], at: 1_788_000_000 + n })));
  set = await makeSet(world, 'Everything', {});
});

test.beforeEach(async ({ page, world }) => {
  await enter(page, world);
  await page.goto(`/sets/${set}`);
});

const table = (page) => page.getByRole('table', { name: 'Items' });
const drawn = (page) => table(page).locator('[data-row]');
const row = (page, place) => table(page).locator(`[aria-rowindex="${place + 2}"]`);

test('the last item is reached, few rows are drawn, and every item stands once', async ({ page }) => {
  const seen = new Set();
  let most = 0;
  await expect(row(page, 0)).toBeVisible();
  await page.mouse.move(600, 500);
  await expect
    .poll(
      async () => {
        const texts = await drawn(page).allInnerTexts();
        most = Math.max(most, texts.length);
        for (const text of texts) seen.add(/Question \d+\?/.exec(text)[0]);
        await page.mouse.wheel(0, 700);
        return seen.size;
      },
      { intervals: [60], timeout: 25_000 },
    )
    .toBe(ITEMS);
  expect(most).toBeLessThanOrEqual(200);
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(ITEMS + 1));
  await expect(page.getByRole('button', { name: 'Load more' })).toHaveCount(0);
});

test('a list is sorted whole, however much of it is loaded', async ({ page }) => {
  await expect(row(page, 0)).toBeVisible();
  let pages = 0;
  page.on('request', (request) => { pages += new URL(request.url()).pathname.endsWith('/items') ? 1 : 0; });
  const head = table(page).getByRole('columnheader', { name: 'Feature' });
  await head.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  await expect(row(page, 0)).toContainText('code');
  await page.keyboard.press('Enter');
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  await expect(row(page, 0)).toContainText('support');
  expect(pages).toBe(2);
  await row(page, 0).getByRole('link').focus();
  // Each time the end of what is loaded is reached, more of it is asked for. The last has the focus once it is reached.
  await expect(async () => {
    await page.keyboard.press('End');
    await expect(row(page, ITEMS - 1).getByRole('link')).toBeFocused({ timeout: 1000 });
  }).toPass();
  await expect(row(page, ITEMS - 1)).toContainText('code');
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(ITEMS + 1));
  await page.evaluate(() => scrollTo(0, 0));
  await expect(row(page, 0)).toBeInViewport();
  await expect(row(page, 0)).toContainText('support');
  await look(page, 'set-items');
});

test('the open item is stepped through, and Back leads to where one was', async ({ page }) => {
  await expect(row(page, 0)).toBeVisible();
  await row(page, 0).getByRole('link').click();
  const open = page.getByRole('dialog', { name: 'Item' });
  await expect(open).toContainText('Question');
  for (let step = 0; step < 30; step += 1) await page.keyboard.press('j');
  await expect(row(page, 30)).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(open).toHaveCount(0);
  await expect(row(page, 30).getByRole('link')).toBeFocused();
  const id = await row(page, 30).getAttribute('id');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Runs' }).click();
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.locator(`#${id}`)).toBeInViewport();
});

const heads = async (page) => (await table(page).getByRole('columnheader').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());

test('columns are hidden, moved and shown again, and a width is kept apart from those of logs', async ({ page }) => {
  await expect(row(page, 0)).toBeVisible();
  expect(await heads(page)).toEqual(['', 'Request', 'Original response', 'Feature', 'Verified', 'Since version ▼']);
  await page.getByText('Columns', { exact: true }).click();
  await expect(page.getByRole('checkbox', { name: 'Request', exact: true })).toBeDisabled();
  await page.getByRole('checkbox', { name: 'Verified', exact: true }).click();
  await page.getByRole('button', { name: 'Move Feature to the left' }).click();
  await expect(page).toHaveURL(/columns=request%2Cfeature%2Coriginal%2Cadded/);
  await expect(row(page, 0).getByRole('cell')).toHaveCount(5);
  await look(page, 'set-columns');
  await page.reload();
  await expect(row(page, 0)).toContainText('Question');
  expect(await heads(page)).toEqual(['', 'Request', 'Feature', 'Original response', 'Since version ▼']);

  const width = (name) => table(page).getByRole('columnheader', { name }).evaluate((head) => head.getBoundingClientRect().width);
  const before = await width('Feature');
  await page.getByRole('separator', { name: 'Width of Feature' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => width('Feature')).toBeCloseTo(before + 16, 0);
  await page.reload();
  await expect.poll(() => width('Feature')).toBeCloseTo(before + 16, 0);
  expect(await page.evaluate(() => localStorage.getItem('log-columns'))).toBe(null);

  // Sorting goes on as it did.
  await table(page).getByRole('columnheader', { name: 'Feature' }).getByRole('button').click();
  await expect(row(page, 0)).toContainText('code');
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('button', { name: 'As usual' }).click();
  await expect(page).not.toHaveURL(/columns/);
  expect(await heads(page)).toEqual(['', 'Request', 'Original response', 'Feature ▲', 'Verified', 'Since version']);
});

const box = (page, place) => row(page, place).getByRole('checkbox');
const checked = (page, number) => expect(page.getByRole('status').filter({ hasText: new RegExp(`^${number} items? checked\\.$`) })).toBeVisible();
const remove = (page) => page.getByRole('button', { name: 'Remove what is checked' });
const toast = (page, text) => page.locator('.toasts').getByRole('listitem').filter({ hasText: text });

test('items are checked by the range, with clicks and with keys, and go in one version', async ({ page, world }) => {
  await box(page, 1).click();
  await checked(page, 1);
  await box(page, 3).click({ modifiers: ['Shift'] });
  await checked(page, 3);
  await row(page, 3).getByRole('link').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(row(page, 4).getByRole('link')).toBeFocused();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(row(page, 5).getByRole('link')).toBeFocused();
  await checked(page, 5);
  await page.keyboard.press('Shift+ArrowUp');
  await expect(row(page, 4).getByRole('link')).toBeFocused();
  await checked(page, 4);
  await page.keyboard.press('x');
  await checked(page, 3);
  await expect(box(page, 4)).not.toBeChecked();
  await look(page, 'set-items-checked');

  const gone = await Promise.all([1, 2, 3].map((place) => row(page, place).getByRole('link').textContent()));
  const before = (await world.ask('GET', `/api/sets/${set}`)).version;
  await remove(page).click();
  await expect(toast(page, '3 items are removed from the next version on.')).toBeVisible();
  await expect(page.getByText(`${ITEMS - 3} items, version ${before + 1}`)).toBeVisible();
  await expect(table(page).getByRole('link', { name: gone[0], exact: true })).toHaveCount(0);
  await toast(page, '3 items are removed').getByRole('button', { name: 'Undo' }).click();
  await expect(toast(page, `3 items are back, as new ones of version ${before + 2}`)).toBeVisible();
  await expect(page.getByText(`${ITEMS} items, version ${before + 2}`)).toBeVisible();
  for (const [place, text] of gone.entries()) await expect(row(page, place)).toContainText(text);
});

test('all items of the set are checked, those that are not loaded too', async ({ page, world }) => {
  await page.getByRole('checkbox', { name: 'Check all rows that are loaded' }).check();
  await checked(page, 200);
  await page.getByRole('button', { name: `Check all ${ITEMS} of the set` }).click();
  await checked(page, ITEMS);
  await expect(page.getByRole('button', { name: /^Check all/ })).toHaveCount(0);
  await remove(page).click();
  await expect(page.getByText('No items yet.')).toBeVisible();
  expect((await world.ask('GET', `/api/sets/${set}`)).item_count).toBe(0);
  await page.keyboard.press('u');
  await expect(toast(page, `${ITEMS} items are back`)).toBeVisible();
  await expect(row(page, 0)).toBeVisible();
  expect((await world.ask('GET', `/api/sets/${set}`)).item_count).toBe(ITEMS);
});

test('items are searched among all of the set, and what is found is checked and removed at once', async ({ page, world }) => {
  const own = await makeSet(world, 'To be searched', {});
  await page.goto(`/sets/${own}`);
  await expect(row(page, 0)).toBeVisible();
  const field = page.getByRole('searchbox', { name: 'Search' });
  const found = page.locator('.matches');
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('QUESTION 7?');
  // Every tenth of them, those on the last page of the list too.
  await expect(found).toHaveText('45 items match');
  await expect(page).toHaveURL(/q=QUESTION/);
  await expect(field, 'who types goes on typing').toBeFocused();
  await expect(row(page, 0)).toContainText('Question 447?');
  await look(page, 'set-items-found');

  await field.fill('code');
  await expect(found).toHaveText('150 items match');
  await field.fill('question');
  await expect(found).toHaveText(/^(More than \d+|450) items match$/);
  await field.fill('no such words');
  await expect(found).toHaveText('No item matches');
  await look(page, 'set-items-none-found');
  await page.getByRole('link', { name: 'Show all items' }).click();
  await expect(field).toHaveValue('');
  await expect(found).toHaveCount(0);
  await expect(row(page, 0)).toContainText(`Question ${ITEMS - 1}?`);

  await field.fill('summ');
  await expect(found).toHaveText('No item matches');
  await field.fill('answer 44');
  // It stands in 440 to 449, and at the end of four more.
  await expect(found).toHaveText('14 items match');
  await table(page).getByRole('checkbox').nth(1).check();
  await page.getByRole('button', { name: 'Check all that match' }).click();
  await expect(page.getByText('14 items checked.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove what is checked' }).click();
  await expect(found).toHaveText('No item matches');
  expect((await world.ask('GET', `/api/sets/${own}`)).item_count).toBe(ITEMS - 14);
});

test('nothing is checked in an old version, nor by whoever may only read', async ({ page, visitor, world }) => {
  await expect(box(page, 0)).toBeVisible();
  await page.goto(`/sets/${set}?version=2`);
  await expect(row(page, 0)).toBeVisible();
  await expect(table(page).getByRole('checkbox')).toHaveCount(0);
  const reader = await visitor();
  await reader.goto(signInLink({ ...world, token: await world.key('read') }));
  await expect(reader.getByRole('heading', { name: 'Home' })).toBeVisible();
  await reader.goto(`/sets/${set}`);
  await expect(row(reader, 0)).toBeVisible();
  await reader.waitForLoadState('networkidle');
  await expect(table(reader).getByRole('checkbox')).toHaveCount(0);
});
