// How two responses are read against each other: beside each other, in one text, or as they are.

import { enter, expect, finishRun, importLogs, log, look, makeSet, panel, region, testIn } from './support.js';

const OLD = 'Refunds take 5 days.\nYou are told by mail.\n\nKeep the slip until then.';
const NEW = 'Refunds take about 10 days.\nYou are told by mail, and in the app.\n\nKeep the slip until then.';
/** Much text without a word that the other has: a megabyte was logged, and nearly as much answered. */
const long = (name, words) => Array.from({ length: words }, (_, n) => `${name}${n}`).join(' ');
/** So soon something happens that nobody waits for, though the machine is busy. */
const MOMENT = 4_000;

const test = testIn({ provider: { answer: ({ last_user }) => (last_user.startsWith('Long') ? long('new', 90_000) : NEW) } });

const made = {};

test.beforeAll(async ({ world }) => {
  // One scores worse than the others, whose order is drawn: it has a row after it.
  world.provider.script((call) => (call.judge ? { level: JSON.stringify(call.data).includes('When is it paid?') ? 2 : 3 } : undefined));
  await importLogs(world, [log('Long: say much', long('old', 110_000)), log('When is it paid?', OLD), log('Is it paid soon?', OLD)]);
  made.set = await makeSet(world, 'Answers', {});
  const scripted = (model) => ({ provider: 'scripted', model });
  made.run = (await finishRun(world, made.set, { target: scripted('scripted'), judge: scripted('judge') })).id;
  const rows = (await world.ask('GET', `/api/runs/${made.run}/results`)).data;
  made.item = rows.find((row) => row.request_preview === 'When is it paid?').item_id;
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const responses = (page) => panel(page, 'Item').locator('section').filter({ has: page.getByRole('heading', { name: 'Responses' }) });
const way = (page) => responses(page).getByRole('combobox', { name: 'Differences' });
const removed = (page) => responses(page).getByRole('deletion');
const added = (page) => responses(page).getByRole('insertion');

test('two responses are read beside each other, in one text or as they are; the address says how', async ({ page }) => {
  await page.goto(`/runs/${made.run}?show=all&open=${made.item}`);
  await expect(removed(page)).toHaveText(['5']);
  await expect(added(page)).toHaveText(['about 10', ', and in the app']);

  await way(page).selectOption('Unified');
  await expect(page).toHaveURL(/diff=unified/);
  // The first of each is the legend.
  await expect(removed(page)).toHaveText(['Original response', '5']);
  await expect(added(page)).toHaveText(['New response', 'about 10', ', and in the app']);
  await expect(responses(page).locator('.text')).toHaveText(/^Refunds take 5about 10 days\.\s+You are told by mail, and in the app\.\s+Keep the slip until then\.$/);
  await look(page, 'differences-unified');

  await test.step('the next item is shown in the same way, and so is the page elsewhere', async () => {
    await page.keyboard.press('j');
    await expect(page).not.toHaveURL(new RegExp(made.item));
    await page.keyboard.press('k');
    await expect(page).toHaveURL(new RegExp(made.item));
    await expect(way(page)).toHaveValue('unified');
    await page.reload();
    await expect(way(page)).toHaveValue('unified');
    await expect(removed(page)).toHaveText(['Original response', '5']);
  });

  await way(page).selectOption('Raw');
  await expect(removed(page)).toHaveCount(0);
  await expect(added(page)).toHaveCount(0);
  await expect(responses(page).locator('.text')).toHaveCount(2);
  await page.goBack();
  await expect(way(page)).toHaveValue('unified');
  await way(page).selectOption('Side by side');
  await expect(page).not.toHaveURL(/diff=/);
  await expect(removed(page)).toHaveText(['5']);
  await look(page, 'differences');
});

test('two runs are compared in the same ways', async ({ page }) => {
  await page.goto(`/compare?base=${made.run}&candidate=${made.run}&show=both_fail&diff=unified&open=${made.item}`);
  await expect(way(page)).toHaveValue('unified');
  await expect(removed(page)).toHaveText(['Response of the base']);
});

test('a megabyte that is another one is shown at once, and told to be changed as a whole', async ({ page }) => {
  await page.goto(`/runs/${made.run}?show=all`);
  await region(page, 'Items, the worst first').getByRole('link', { name: /^Long/ }).click();
  await expect(responses(page).getByText('Too long to compare all of it word by word')).toBeVisible({ timeout: MOMENT });
  await way(page).selectOption('Unified', { timeout: MOMENT });
  await expect(removed(page).nth(1)).toContainText('old0', { timeout: MOMENT });
  await page.keyboard.press('Escape');
  await expect(panel(page, 'Item')).toHaveCount(0, { timeout: MOMENT });
});
