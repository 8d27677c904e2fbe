// Every screen where there is nothing yet, and where nothing could be loaded: each says what is so and what to do.

import { enter, expect, look, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const RUN = '0199aaaa-0000-7000-8000-000000000000';
const JUDGE = 'a'.repeat(64);

let set;

test.beforeAll(async ({ world }) => {
  const made = await world.ask('POST', '/api/sets', { name: 'Nothing yet', criteria: [{ name: 'Helpful', question: 'Does it help?' }] });
  set = made.id;
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** Where each screen is, and what it says when there is nothing. */
const EMPTY = {
  logs: ['/logs', 'No logs here.'],
  'logs-search': ['/logs?q=nowhere', 'Clear the search'],
  set: [() => `/sets/${set}`, 'No items yet.'],
  'set-scorers': [() => `/sets/${set}?part=scorers`, 'Add a scorer'],
  'set-runs': [() => `/sets/${set}?part=runs`, 'No runs yet.'],
  runs: ['/runs', 'No runs yet.'],
  compare: ['/compare', 'There are no two runs to compare yet.'],
  'new-run': ['/runs/new', 'New run'],
  settings: ['/settings', 'No keys yet.'],
};

const FAILED = {
  home: '/',
  logs: '/logs',
  log: '/logs?open=01a20999-e8aa-789f-9fac-1c429e9be2f6',
  sets: '/sets',
  set: () => `/sets/${set}`,
  runs: '/runs',
  run: `/runs/${RUN}`,
  judge: `/judges/${JUDGE}?run=${RUN}`,
  compare: '/compare',
  'new-run': () => `/runs/new?set=${set}`,
  settings: '/settings',
};

const at = (path) => (typeof path === 'function' ? path() : path);

for (const [name, [path, words]] of Object.entries(EMPTY)) {
  test(`${name}: nothing yet`, async ({ page, allow }) => {
    // Of a set without items there is nothing to estimate.
    if (name === 'new-run') allow(/422.*estimate/);
    await page.goto(at(path));
    await expect(page.getByText(words).first()).toBeVisible();
    await expect(page.getByText('Loading…')).toHaveCount(0);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await look(page, `nothing-${name}`);
  });
}

test('the example request is copied as it stands', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  const example = page.getByLabel('Example request');
  await expect(example).toContainText('demo/');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await example.textContent());
});

for (const [name, path] of Object.entries(FAILED)) {
  test(`${name}: nothing could be loaded`, async ({ page, allow }) => {
    allow(/500/);
    await page.route('**/api/**', (route) =>
      route.fulfill({
        status: 500,
        headers: { 'x-request-id': 'req-0199' },
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Internal Server Error', status: 500, detail: 'something went wrong here', errors: [] }),
      }),
    );
    await page.goto(at(path));
    const alert = page.getByRole('alert').first();
    await expect(alert).toContainText('Something went wrong here.');
    await expect(alert).toContainText('req-0199');
    await expect(page.getByText('Loading…')).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await look(page, `failed-${name}`);
    // Who tries again when it works sees what there is, or that it is not there: wherever it failed, by one button.
    await page.unroute('**/api/**');
    allow(/404/);
    await page.getByRole('button', { name: 'Try again' }).last().click();
    await expect(page.getByText('Something went wrong here.').filter({ visible: true })).toHaveCount(0);
  });
}
