// Lists that have more than one page brings: nothing is said of what was not read, and everything can be chosen.

import { enter, expect, finishRun, importLogs, log, makeSet, panel, testIn } from './support.js';

const test = testIn();

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world, ['First', 'Second'].map((question, at) => log(question, 'Yes.', { at: 1_788_000_000 - at })));
  made.old = await makeSet(world, 'Old set', { feature: 'support' });
  made.new = await makeSet(world, 'New set', { feature: 'support' });
  await finishRun(world, made.new);
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** Has a list come in two pages: one row, then the others. */
async function inTwoPages(page, world, path) {
  const { data } = await world.ask('GET', path);
  await page.route((url) => url.pathname === path, (route) => {
    const later = new URL(route.request().url()).searchParams.get('cursor') === 'later';
    const [first, ...others] = data;
    return route.fulfill({ json: later ? { data: others, next_cursor: null } : { data: [first], next_cursor: 'later' } });
  });
  return data;
}

test('home says of a set without a run among those it read no more than that', async ({ page, world }) => {
  await page.goto('/');
  const card = (name) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });
  await expect(card('Old set')).toContainText('Not run yet.');
  await inTwoPages(page, world, '/api/runs');
  await page.reload();
  await expect(card('Old set')).toContainText('No run among the newest 200.');
  await expect(card('New set')).not.toContainText('No run');
  await card('Old set').getByRole('link', { name: 'Runs of Old set' }).click();
  await expect(page).toHaveURL(`/sets/${made.old}?part=runs`);
});

test('home says that it does not list all sets', async ({ page, world }) => {
  await inTwoPages(page, world, '/api/sets');
  await page.goto('/');
  await expect(page.getByText('These are the 200 that were changed last.')).toBeVisible();
  await page.getByRole('link', { name: 'All sets' }).click();
  await expect(page).toHaveURL('/sets');
});

test('a set beyond the first page can be run, added to and gone to', async ({ page, world }) => {
  const [first, hidden] = await inTwoPages(page, world, '/api/sets');
  await page.route('**/api/choices?*', async (route) => {
    const choices = await (await route.fetch()).json();
    await route.fulfill({ json: { ...choices, sets: { data: [first], next_cursor: 'later' } } });
  });
  await page.goto(`/runs/new?set=${hidden.id}`);
  const set = page.getByRole('combobox', { name: 'Eval set' });
  await expect(set.locator('option')).toHaveCount(2);
  await expect(set).toHaveValue(hidden.id);

  await page.goto('/logs?add=1');
  const options = panel(page, 'Add to set').getByRole('combobox', { name: 'Set' }).locator('option');
  await expect(options.filter({ hasText: hidden.name })).toHaveCount(1);
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.keyboard.type(hidden.name);
  await expect(page.getByRole('option').filter({ hasText: hidden.name }).first()).toBeVisible();
});

test('of runs that are sorted the first of all stand on the first page', async ({ page, world }) => {
  for (const name of ['Alpha', 'Zulu']) await finishRun(world, made.new, { name });
  const { data: runs } = await world.ask('GET', '/api/runs');
  await page.route((url) => url.pathname === '/api/runs', (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('limit', '1');
    return route.continue({ url: url.href });
  });
  const rows = page.getByRole('table').getByRole('row');
  await page.goto('/runs');
  await expect(rows).toHaveCount(1 + runs.length);
  await expect(rows.nth(1)).toContainText('Zulu');
  const [asked] = await Promise.all([
    page.waitForRequest((request) => new URL(request.url()).searchParams.get('order') === 'name'),
    page.getByRole('columnheader', { name: 'Run', exact: true }).getByRole('button').click(),
  ]);
  expect(new URL(asked.url()).searchParams.get('cursor'), 'the whole list is sorted, not what is loaded').toBe(null);
  await expect(rows.nth(1)).toContainText('Alpha');
  // The pages after the first come by themselves.
  await expect(rows).toHaveCount(1 + runs.length);
  await expect(rows.last()).toContainText('Zulu');
});

test('the palette says that it offers the newest runs alone', async ({ page, world }) => {
  await inTwoPages(page, world, '/api/runs');
  await page.goto('/sets');
  await expect(page.getByRole('heading', { name: 'Sets', level: 1 })).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(panel(page, 'Go to or do')).toContainText('Of the runs, the newest 50 are offered; all are on their page.');
});
