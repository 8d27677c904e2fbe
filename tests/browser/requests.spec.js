// What a page asks the service for when it is opened: three times at most, and never for bodies with a list.

import { readFile } from 'node:fs/promises';
import { asked, expect, finishRun, importLogs, makeSet, panel, region, signIn, testIn } from './support.js';

const MOST = 3;

/** How high screens are: on the second all of a page is seen at once. */
const HEIGHTS = [900, 3000];

const test = testIn();

const made = {};

/** Every page with its parts and panels: what is there once all of it is, and where it is. */
const VIEWS = {
  '/': [[() => '/', (page) => page.getByRole('heading', { name: 'Eval sets' })]],
  '/logs': [
    [() => '/logs', (page) => page.getByRole('table').getByRole('link').first()],
    [() => '/logs?feature=support&q=order', (page) => page.getByRole('table').getByRole('link').first()],
    [() => '/logs?add=new', (page) => panel(page, 'Add to set').getByRole('combobox', { name: 'Set' })],
    [() => '/logs?export=1', (page) => panel(page, 'Export logs').getByRole('button').last()],
    [() => `/logs?open=${made.log}`, (page) => panel(page, 'Log').getByRole('heading', { name: 'About it' })],
  ],
  '/sets': [[() => '/sets', (page) => page.getByRole('table').getByRole('link').first()]],
  '/sets/{set}': [
    [() => `/sets/${made.set}`, (page) => page.getByRole('table').getByRole('link').first()],
    [() => `/sets/${made.set}?open=${made.item}`, (page) => panel(page, 'Item').getByRole('heading', { name: 'About it' })],
    [() => `/sets/${made.set}?part=criteria`, (page) => page.getByRole('group', { name: 'Helpful' })],
    [() => `/sets/${made.set}?part=scorers`, (page) => page.getByRole('button', { name: 'Add a scorer' })],
    [() => `/sets/${made.set}?part=runs`, (page) => page.getByRole('table').getByRole('link').first()],
    [() => `/sets/${made.set}?part=versions`, (page) => page.getByRole('table').getByRole('link').first()],
  ],
  '/runs': [[() => '/runs', (page) => page.getByRole('table').getByRole('link').first()]],
  '/runs/new': [
    [() => '/runs/new', (page) => page.getByText(/items this run can tell/)],
    [() => `/runs/new?set=${made.set}`, (page) => page.getByText(/items this run can tell/)],
  ],
  '/runs/{run}': [
    [() => `/runs/${made.run}?show=all`, (page) => region(page, 'Items, the worst first').getByText(/level \d/).first()],
    [() => `/runs/${made.run}?common=yes`, (page) => region(page, 'What the failures have in common').getByRole('heading', { name: 'What the judge says of them' })],
    [() => `/runs/${made.run}?show=all&open=${made.item}`, (page) => panel(page, 'Item').getByRole('group', { name: /^Label: / }).getByRole('button').first()],
  ],
  '/judges/{version}': [
    [() => `/judges/${made.judge}?run=${made.run}`, (page) => region(page, 'Label these next').getByRole('link').first()],
    [() => `/judges/${made.judge}?run=${made.run}&open=${made.item}`, (page) => panel(page, 'Item').getByRole('heading', { name: 'What the judge says' })],
  ],
  '/compare': [
    [() => '/compare', (page) => page.getByRole('combobox', { name: 'New run' })],
    [() => `/compare?base=${made.other}&candidate=${made.run}`, (page) => page.locator('.paired .dot').first()],
    [() => `/compare?base=${made.other}&candidate=${made.run}&show=both_fail`, (page) => page.locator('.results .preview').nth(1)],
    [() => `/compare?base=${made.other}&candidate=${made.run}&show=both_fail&open=${made.item}`, (page) => panel(page, 'Item').getByRole('heading', { name: 'What the judge says of the base' })],
  ],
  '/settings': [[() => '/settings', (page) => page.getByRole('heading', { name: 'Access keys' })]],
  '/design': [[() => '/design', (page) => page.getByRole('heading', { name: 'Dark' })]],
};

/** What is in a list beside a preview would be a body. */
const BODIES = ['request', 'response', 'reference', 'messages', 'output'];

/** Opens a page and waits until all of it is there; gives what it asked for. */
async function open(page, path, there) {
  const requests = asked(page);
  await page.goto(path);
  await expect(there(page)).toBeVisible();
  await page.waitForLoadState('networkidle');
  return requests;
}

test('the first visit asks at most three times', async ({ page, world }) => {
  await signIn(page, world);
  for (const [path, there] of [
    ['/', (page) => page.getByLabel('Example request')],
    ['/logs', (page) => page.getByText('No logs here.')],
    ['/sets', (page) => page.getByText('No eval sets yet.')],
    ['/runs', (page) => page.getByText('No runs yet.')],
    ['/runs/new', (page) => page.getByText('There is no eval set to run yet.')],
  ]) {
    const requests = await open(page, path, there);
    expect.soft(requests.length, `${path} asks for ${requests.join(', ')}`).toBeLessThanOrEqual(MOST);
  }
});

test.describe('with data', () => {
  test.beforeAll(async ({ world }) => {
    await importLogs(world);
    made.log = (await world.ask('GET', '/api/logs')).data[0].id;
    made.set = await makeSet(world, 'Support answers', { feature: 'support' });
    made.item = (await world.ask('GET', `/api/sets/${made.set}/items`)).data[0].id;
    const judge = { provider: 'demo', model: 'judge' };
    made.other = (await finishRun(world, made.set, { target: { provider: 'demo', model: 'terse' }, judge })).id;
    const run = await finishRun(world, made.set, { judge });
    Object.assign(made, { run: run.id, judge: run.judge_version });
    await world.ask('PUT', '/api/labels', { run_id: made.run, item_id: made.item, pass: true });
  });

  test('every page of the app is looked at', async () => {
    const source = await readFile(new URL('../../shared/src/view.rs', import.meta.url), 'utf8');
    const [, pages] = /pub const PAGES: [^=]+= \[([^\]]*)\]/.exec(source);
    expect(Object.keys(VIEWS).toSorted()).toEqual([...pages.matchAll(/"([^"]+)"/g)].map(([, page]) => page).toSorted());
  });

  for (const [name, views] of Object.entries(VIEWS)) {
    test(`${name} asks at most three times, and for no bodies with a list`, async ({ visitor, world }) => {
      for (const [[path, there], height] of views.flatMap((view) => HEIGHTS.map((height) => [view, height]))) {
        // Nothing is known but who signed in.
        const page = await visitor();
        await signIn(page, world);
        await page.setViewportSize({ width: 1440, height });
        const replies = [];
        page.on('response', (response) => response.url().includes('/api/') && replies.push(response));
        const requests = await open(page, path(), there);
        expect.soft(requests.length, `${path()}, ${height} high, asks for ${requests.join(', ')}`).toBeLessThanOrEqual(MOST);
        for (const reply of replies) {
          const { data } = await reply.json().catch(() => ({}));
          const bodies = (data ?? []).flatMap((row) => Object.keys(row).filter((key) => BODIES.includes(key)));
          expect.soft(bodies, `what ${reply.url()} lists`).toEqual([]);
        }
      }
    });
  }
});
