// Fields that answer while somebody types in them: a margin, the search, a model.

import { enter, expect, finishRun, importLogs, makeSet, testIn } from './support.js';

const test = testIn();

test('a margin that is none is said to be, and the last one comes back', async ({ page, world }) => {
  await importLogs(world);
  await enter(page, world);
  const run = await finishRun(world, await makeSet(world, 'Margin', { feature: 'code' }));
  await page.goto(`/runs/${run.id}`);
  const margin = page.getByRole('spinbutton', { name: /^Margin/ });
  await margin.fill('-3');
  await expect(margin).toHaveAccessibleDescription('A margin is a number of points from 0 to 100.');
  await margin.press('Tab');
  await expect(margin).toHaveValue('5');
  await expect(margin).toHaveAccessibleDescription('');
  await expect(page).not.toHaveURL(/margin=/);
});

test('words are searched for after a pause, once, and cleared where nothing is found', async ({ page, world }) => {
  await importLogs(world);
  await enter(page, world);
  await page.goto('/logs');
  const search = page.getByRole('searchbox', { name: 'Search' });
  await expect(page.getByText(/\d+ logs match/)).toBeVisible();
  const before = await page.evaluate(() => history.length);
  await search.pressSequentially('zz');
  await expect(page).toHaveURL(/q=zz$/);
  await search.pressSequentially('qx');
  await expect(page).toHaveURL(/q=zzqx$/);
  expect(await page.evaluate(() => history.length)).toBe(before + 1);
  await expect(page.getByText('No log contains “zzqx”.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await expect(page).toHaveURL('/logs');
  await expect(search).toHaveValue('');
  await expect(search).toBeFocused();
});

test('a model that the provider does not list is warned of', async ({ page, world }) => {
  await importLogs(world);
  await enter(page, world);
  await makeSet(world, 'Model', { feature: 'code' });
  await page.goto('/runs/new');
  const model = page.getByLabel('Model', { exact: true }).first();
  await model.fill('m1');
  await expect(page.getByText('demo has no model m1. It has echo, terse, judge.')).toBeVisible();
  await model.fill('terse');
  await expect(page.getByText(/^demo has no model/)).toHaveCount(0);
});
