// A connection that goes and comes back, and a page that is older than the service.

import { enter, expect, importLogs, log, look, makeSet, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeAll(async ({ world }) => importLogs(world, [log('Where is it?', 'Here.')]));

test.beforeEach(async ({ page, world }) => enter(page, world));

const banner = (page) => page.locator('.banner');
const OFFLINE = 'You are offline.';
const SILENT = 'Assay does not answer.';
const UPDATED = 'Assay was updated: reload to go on with the new version.';

test('offline for a while: a banner says so, and what failed is loaded by itself', async ({ page, context, allow }) => {
  allow(/ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  await page.goto('/logs');
  const row = page.getByRole('table').getByRole('link');
  await expect(row).toHaveCount(1);
  await context.setOffline(true);
  await expect(banner(page)).toContainText(OFFLINE);
  await expect(row, 'what is on the page stays').toHaveCount(1);
  await look(page, 'offline');

  // The page is in a part that is there, the runs are not.
  await page.getByRole('searchbox').fill('where');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').first()).toContainText('Assay did not answer.');
  // Nor is the part of this one.
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('This part of Assay did not load.');

  await context.setOffline(false);
  await expect(banner(page)).toBeEmpty();
  await expect(page.getByText('No runs yet.')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.goBack();
  await expect(row).toHaveCount(1);
});

test('a service that is silent is asked until it answers', async ({ page, allow }) => {
  allow(/ERR_FAILED|Failed to fetch/);
  await page.route('**/api/**', (route) => route.abort());
  await page.goto('/logs');
  await expect(banner(page)).toContainText(SILENT);
  await expect(page.getByRole('alert').first()).toContainText('Assay did not answer.');
  await page.unroute('**/api/**');
  await expect(banner(page)).toBeEmpty();
  await expect(page.getByRole('table').getByRole('link')).toHaveCount(1);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('what was to be done offline is not done by itself afterwards', async ({ page, context, world, allow }) => {
  allow(/ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  const set = await makeSet(world, 'Answers', {});
  await page.goto(`/runs/new?set=${set}`);
  const start = page.getByRole('button', { name: 'Start the run' });
  await expect(start).toBeEnabled();
  await expect(page.getByText(/this run can tell|Too few items/).first()).toBeVisible();
  const sent = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(new URL(request.url()).pathname));
  await context.setOffline(true);
  await start.click();
  await expect(page.getByRole('alert').last()).toContainText('Assay did not answer.');
  await context.setOffline(false);
  await expect(banner(page)).toBeEmpty();
  await page.waitForLoadState('networkidle');
  expect(sent.filter((path) => path === '/api/runs')).toHaveLength(1);
  expect((await world.ask('GET', '/api/runs')).data).toHaveLength(0);
  // By hand it is done once.
  await start.click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}/);
  expect((await world.ask('GET', '/api/runs')).data).toHaveLength(1);
});

/** Has the document be that of another version, whose files have other names. */
async function deploy(page) {
  await page.route('**/', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(/assets\/(\w+)-/g, 'assets/$1-new') });
  });
}

test('an old page whose part is gone says that Assay was updated', async ({ page, allow }) => {
  allow(/Failed to load resource|Response has unsupported MIME type|Failed to execute 'compile'|HTTP status code is not ok/);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await deploy(page);
  await page.route('**/assets/*.wasm', (route) => route.fulfill({ status: 404, contentType: 'text/plain', body: 'there is nothing here' }));
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Logs', level: 1 })).toBeVisible();
  await expect(banner(page)).toContainText(UPDATED);
  await look(page, 'updated');
  await page.unrouteAll();
  await banner(page).getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('table').getByRole('link')).toHaveCount(1);
  await expect(banner(page)).toBeEmpty();
});

test('an old page that does not understand an answer says that Assay was updated', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await deploy(page);
  await page.route('**/api/sets*', (route) => route.fulfill({ json: { sets: 'in other words' } }));
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sets', exact: true }).click();
  await expect(banner(page)).toContainText(UPDATED);
});

test('a part that does not come for another reason is no update', async ({ page, allow }) => {
  allow(/Failed to load resource|Failed to fetch|ERR_FAILED/);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await page.route('**/assets/*.wasm', (route) => route.abort());
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('This part of Assay did not load.');
  await page.waitForLoadState('networkidle');
  await expect(banner(page)).toBeEmpty();
});
