// How sure numbers are: said in words beside what is drawn of them, to eyes and ears.

import { enter, expect, finishRun, importLogs, look, makeSet, testIn } from './support.js';

const test = testIn();

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  const criteria = [
    { name: 'Helpful', question: 'Does the response answer what was asked?' },
    { name: 'Short', question: 'Is it as short as it can be?' },
  ];
  const set = await makeSet(world, 'Support', { feature: 'support' }, criteria);
  await finishRun(world, set, { name: 'First', target: { provider: 'demo', model: 'terse' } });
  made.run = (await finishRun(world, set, { name: 'Second' })).id;
  made.summary = await world.ask('GET', `/api/runs/${made.run}/summary`);
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** Writes shares as the app does. */
const range = ([low, high]) => `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}%`;

test('each criterion says how sure its numbers are, in words and drawn', async ({ page }) => {
  await page.goto(`/runs/${made.run}`);
  const table = page.getByRole('table', { name: 'By criterion' });
  for (const { name, pass_rate_interval, average_interval } of made.summary.criteria) {
    const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
    const [rate, average] = [1, 2].map((place) => row.getByRole('cell').nth(place));
    await expect(rate).toContainText(range(pass_rate_interval));
    await expect(average).toContainText(average_interval.map((end) => end.toFixed(2)).join('–'));
    await expect(row.locator('svg.span')).toHaveCount(2);
  }
  await look(page, 'run-criteria');
});

test('home says how the last run did against the one before, and leads to the two', async ({ page, world }) => {
  const [second, first] = (await world.ask('GET', '/api/runs')).data;
  await page.goto('/');
  await page.getByRole('link', { name: /^[+−]?\d+\.\d points since the run before$/ }).click();
  await expect(page).toHaveURL(`/compare?base=${first.id}&candidate=${second.id}`);
  await world.ask('POST', `/api/sets/${second.set_id}/items`, { filter: { feature: 'code' } });
  await page.goto('/');
  await expect(page.getByText(`the set changed since: version ${second.set_version}, now ${second.set_version + 1}`)).toBeVisible();
});

test('a line through the runs of a set is a table to those who do not see it', async ({ page }) => {
  await page.goto('/');
  const line = page.getByRole('img', { name: /^Pass rates of 2 runs: from [\d.]+% to [\d.]+%$/ });
  await expect(line).toBeVisible();
  const rows = page.getByRole('table', { name: /^Pass rates of 2 runs/ }).getByRole('row');
  await expect(rows).toHaveText([/^First.*%/, /^Second.*%/]);
  await look(page, 'home-line');
});
