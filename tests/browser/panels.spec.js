// Panels that open before what they tell is known, or while it changes.

import { enter, expect, finishRun, importLogs, log, makeSet, panel, region, testIn } from './support.js';

/** What is there by then in milliseconds is there; nothing that these tests wait for takes longer. */
const SOON = 1_500;

const test = testIn();

test.beforeEach(async ({ page, world }) => {
  await importLogs(world);
  await enter(page, world);
});

test('an import says how many logs came in and which lines did not', async ({ page, world }) => {
  await page.goto('/logs');
  const file = `${JSON.stringify(log('Where is it?', 'There.'))}\nnot a log`;
  await page.getByLabel(/^File of logs/).setInputFiles({ name: 'logs.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(file) });
  await expect(page.getByText('65 logs match')).toBeVisible();
  await expect(panel(page, 'Import').getByText('1 log imported, 1 line not taken.')).toBeVisible({ timeout: SOON });
});

test('a set made from all logs says how many they are, and is a new one', async ({ page, world }) => {
  await makeSet(world, 'An older set', { feature: 'code' });
  await page.goto('/sets');
  await page.getByRole('link', { name: 'New set from logs' }).click();
  await expect(page).toHaveURL('/logs?add=new');
  await expect(page.getByText(/^\d+ logs match/)).toBeVisible();
  await expect(panel(page, 'Add to set').getByRole('radio', { name: /^All \d+ that match/ })).toBeChecked({ timeout: SOON });
  await expect(panel(page, 'Add to set').getByRole('combobox', { name: 'Set' })).toHaveValue('');
  await expect(panel(page, 'Add to set').getByRole('textbox', { name: 'Name of the new set' })).toBeVisible();
  // What the form covers is asked for once it is closed.
  const features = page.getByRole('complementary', { name: 'Filters' }).getByRole('list', { name: 'Feature' });
  await expect(features).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(features).toBeVisible();
});

test('an item that is opened is judged at the threshold of the page', async ({ page, world }) => {
  const run = await finishRun(world, await makeSet(world, 'Threshold', { feature: 'code' }));
  await page.goto(`/runs/${run.id}?threshold=0&show=passed`);
  const worst = region(page, 'Items, the worst first').getByRole('listitem').first();
  await expect(worst).toContainText('✓ pass');
  await worst.getByRole('link').click();
  await expect(panel(page, 'Item').getByRole('heading', { name: 'What the judge says' })).toBeVisible();
  await expect(panel(page, 'Item').locator('.line')).toContainText('✓ pass', { timeout: SOON });
});
