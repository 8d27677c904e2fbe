// What whoever is signed in may not do is not offered, on any screen; where little else is left, the reason is said.

import { expect, finishRun, importLogs, look, makeSet, panel, signInLink, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  made.log = (await world.ask('GET', '/api/logs')).data[0].id;
  made.set = await makeSet(world, 'Support answers', { feature: 'support' });
  made.item = (await world.ask('GET', `/api/sets/${made.set}/items`)).data[0].id;
  made.run = (await finishRun(world, made.set)).id;
});

/** Every screen with something that is there for everybody, and what is offered there by the scope that it needs. */
const SCREENS = [
  [() => '/', 'Eval sets', { run: ['New run of Support answers'] }],
  [() => '/logs', 'Logs', { admin: ['Add to set…'], ingest: ['Import a file…'] }],
  [() => `/logs?open=${made.log}`, 'About it', { admin: ['Add to set…'] }],
  [() => '/sets', 'Sets', { admin: ['New set from logs'] }],
  [() => `/sets/${made.set}`, 'Support answers', { run: ['New run'], admin: ['Delete set…'] }],
  [() => `/sets/${made.set}?open=${made.item}`, 'About it', { admin: ['Edit', 'Remove'] }],
  [() => `/sets/${made.set}?part=criteria`, 'Try the judge', { run: ['Try it on items of this set…'], admin: ['Add a criterion', 'Save'] }],
  [() => `/sets/${made.set}?part=scorers`, 'Support answers', { admin: ['Add a scorer', 'Save'] }],
  [() => '/runs', 'Runs', { run: ['New run'] }],
  [() => `/runs/${made.run}?show=all`, 'Items, the worst first', { run: ['New run', 'Judge again…'] }],
  [() => `/runs/${made.run}?show=all&open=${made.item}`, 'What the judge says', { run: ['Helpful: level 0'], admin: ['Add to set…'] }],
  [() => `/runs/new?set=${made.set}`, 'New run', { run: ['Start the run'], admin: ['Save this target…'] }],
  [() => '/settings', 'Providers', { admin: ['Add a provider…', 'Test demo', 'New key…', 'Save'] }],
];

/** Signs in with a key that has these scopes, as anybody does. */
async function enterWith(page, world, scopes) {
  await page.goto(signInLink({ ...world, token: await world.key(...scopes) }));
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
}

/** A button or a link, in the panel that lies on top or else in the page. */
function offered(page, name) {
  const of = (within) => within.getByRole('button', { name, exact: true }).or(within.getByRole('link', { name, exact: true }));
  return of(page.locator('dialog[open]')).or(of(page.locator('main:not(:has(dialog[open]))')));
}

for (const scopes of [['read'], ['read', 'run'], ['read', 'ingest'], ['admin']]) {
  test(`whoever may ${scopes.join(' and ')} is offered that and no more`, async ({ page, world, allow }) => {
    // The settings ask for what operators alone may see.
    allow(/status of 403/);
    await enterWith(page, world, scopes);
    for (const [path, there, needs] of SCREENS) {
      await page.goto(path());
      await expect(page.getByRole('heading', { name: there, exact: true }).first()).toBeVisible();
      await page.waitForLoadState('networkidle');
      for (const [scope, names] of Object.entries(needs)) {
        for (const name of names) {
          const may = scopes.includes(scope) || scopes.includes('admin');
          await expect.soft(offered(page, name), `${name} on ${path()}`).toHaveCount(may ? 1 : 0);
        }
      }
    }
    await page.keyboard.press('Control+k');
    await expect(panel(page, 'Go to or do').getByRole('option', { name: /^Sets/ })).toBeVisible();
    for (const [name, scope] of [['New run', 'run'], ['New set from logs', 'admin'], ['Import a file of logs', 'ingest']]) {
      const may = scopes.includes(scope) || scopes.includes('admin');
      await expect.soft(panel(page, 'Go to or do').getByRole('option', { name: new RegExp(`^${name}`) }), name).toHaveCount(may ? 1 : 0);
    }
  });
}

test('whoever may not save a form or start a run reads why', async ({ page, world, allow }) => {
  allow(/status of 403/);
  await enterWith(page, world, ['read']);
  const why = (scope) => page.getByText(`This needs the scope “${scope}”, which the key you signed in with does not have.`);
  await page.goto(`/sets/${made.set}?part=criteria`);
  await expect(why('admin')).toBeVisible();
  await expect(why('run')).toBeVisible();
  await look(page, 'scopes-criteria');
  await page.goto(`/runs/new?set=${made.set}`);
  await expect(why('run')).toBeVisible();
  await look(page, 'scopes-new-run');
  await page.goto('/settings');
  await expect(why('admin').first()).toBeVisible();
  await page.goto(`/sets/${made.set}?open=${made.item}`);
  await expect(panel(page, 'Item').getByText('Not checked by a person.')).toBeVisible();
});
