// Who comes back: to an app that was left open, to another visit, and to a failure that somebody must find.

import { asked, enter, expect, finishRun, importLogs, log, makeSet, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeAll(async ({ world }) => importLogs(world, [log('Where is it?', 'Here.')]));

test.beforeEach(async ({ page, world }) => enter(page, world));

const rows = (page) => page.getByRole('table').getByRole('link');

test('an app that slept for an hour shows what is there now', async ({ page, world }) => {
  await page.clock.install();
  await page.goto('/logs');
  await expect(rows(page)).toHaveCount(1);
  await importLogs(world, [log('And now?', 'There.', { at: 1_788_000_100 })]);
  const calls = asked(page);
  // A few minutes are no sleep.
  await page.clock.fastForward('05:00');
  await page.clock.runFor('02:00');
  await expect(rows(page)).toHaveCount(1);
  expect(calls).toEqual([]);

  await page.clock.fastForward('01:00:00');
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByText('2 logs match')).toBeVisible();

  // The other lists too.
  const set = await makeSet(world, 'Answers', {});
  await page.getByRole('link', { name: 'Sets', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Answers' })).toBeVisible();
  await makeSet(world, 'Later answers', {});
  await page.clock.fastForward('01:00:00');
  await expect(page.getByRole('link', { name: 'Later answers' })).toBeVisible();
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(page.getByText('No runs yet.')).toBeVisible();
  await finishRun(world, set, { name: 'Nightly' });
  await page.clock.fastForward('01:00:00');
  await expect(page.getByRole('link', { name: 'Nightly' })).toBeVisible();
});

test('what somebody is at is left as it is', async ({ page, world }) => {
  await page.clock.install();
  await page.goto('/logs');
  await rows(page).first().click();
  await expect(page.getByRole('dialog', { name: 'Log' })).toContainText('Response');
  await importLogs(world, [log('Still open?', 'Yes.', { at: 1_788_000_200 })]);
  const calls = asked(page);
  await page.clock.fastForward('01:00:00');
  await page.clock.runFor('05:00');
  expect(calls.filter((line) => line.startsWith('GET /api/logs'))).toEqual([]);
});

test('a message about a failure names the request, so that it can be found', async ({ page, world, allow }) => {
  allow(/503/);
  const set = await makeSet(world, 'To be verified', {});
  await page.goto(`/sets/${set}`);
  await page.getByRole('table').getByRole('link').first().click();
  const panel = page.getByRole('dialog', { name: 'Item' });
  const verified = panel.getByRole('checkbox', { name: /has checked/ });
  await expect(verified).toBeVisible();
  await page.route(/\/items\//, (route) =>
    route.request().method() === 'PATCH'
      ? route.fulfill({
          status: 503,
          headers: { 'x-request-id': 'req-7f3a' },
          contentType: 'application/problem+json',
          body: JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'the database has too much to do', errors: [] }),
        })
      : route.continue(),
  );
  await verified.click();
  const toast = panel.locator('.toasts li');
  await expect(toast).toContainText('The database has too much to do.');
  await expect(toast).toContainText('give the request number below to whoever runs Assay');
  await expect(toast.locator('code')).toHaveText('req-7f3a');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(page.locator('.toasts li'), 'it stays until it is dismissed').toContainText('req-7f3a');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.locator('.toasts li')).toHaveCount(0);
});

test('the theme that was chosen is there on the next visit, before anything is drawn', async ({ page, context }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/logs');
  const theme = (page) => page.locator('html').getAttribute('data-theme');
  const colour = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await colour(page);
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark');
  expect(await theme(page)).toBe('dark');
  const dark = await colour(page);
  expect(dark).not.toBe(light);

  const next = await context.newPage();
  await next.emulateMedia({ colorScheme: 'light' });
  // Without the app, the page's own small script has chosen already.
  await next.route(/\.wasm/, (route) => new Promise((resolve) => setTimeout(() => resolve(route.continue()), 800)));
  await next.goto('/logs', { waitUntil: 'commit' });
  await expect.poll(() => theme(next)).toBe('dark');
  expect(await colour(next)).toBe(dark);
  await expect(next.getByRole('combobox', { name: 'Theme' })).toHaveValue('dark');
  await next.getByRole('combobox', { name: 'Theme' }).selectOption('System');
  await next.reload();
  await expect(next.getByRole('combobox', { name: 'Theme' })).toHaveValue('');
  expect(await theme(next)).toBe(null);
  expect(await colour(next)).toBe(light);
  await next.close();
});
