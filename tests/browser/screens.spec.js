// Every screen, in light and dark, wide, narrow and between: nothing that axe finds, nothing that scrolls sideways.
//
// Leaves a picture of each in `screenshots/`.

import { AxeBuilder } from '@axe-core/playwright';
import { startReceiver } from '../live/receiver.mjs';
import { eventually } from '../live/world.mjs';
import { enter, expect, finishRun, importLogs, makeSet, panel, region, startRun, testIn } from './support.js';

const WIDTHS = [1440, 768, 360];
/** What is left of a window of 1280 by 1024 when everything is four times as large. */
const ENLARGED = { width: 320, height: 256 };

/** The themes, and what is asked of each: the second one has other colours and the same content. */
const THEMES = {
  light: (axe) => axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']),
  dark: (axe) => axe.withRules(['color-contrast', 'link-in-text-block']),
};

const CRITERIA = [
  { name: 'Helpful', question: 'Does the response answer what was asked?', weight: 2 },
  { name: 'Short', question: 'Is it as short as it can be?', anchors: { 5: 'No word can be spared' } },
];

/** What there is to see: filled in before the first screen that needs it. */
const made = {};

const heading = (name, level = 1) => (page) => page.getByRole('heading', { name, level, exact: true });
const within = (title, name) => (page) => panel(page, title).getByRole('heading', { name, exact: true });
const items = (page) => region(page, 'Items, the worst first');
const showWebhooks = (page) => page.getByText('Show the webhooks').click();
const link = (page) => page.getByRole('table').getByRole('link').first();

/** The screens: where each is, what is clicked then, and what is there once all of it is. */
const EMPTY = {
  'sign-in': { path: () => '/sign-in', there: (page) => page.getByLabel('Token') },
  'home-empty': { path: () => '/', there: (page) => page.getByRole('button', { name: 'Load sample logs' }) },
  'logs-empty': { path: () => '/logs', there: (page) => page.getByText('No logs here.') },
};
const FILLED = {
  home: { path: () => '/', there: heading('Eval sets', 2) },
  logs: { path: () => '/logs?feature=support', there: link },
  'logs-add': { path: () => '/logs?feature=support', click: (page) => page.getByRole('button', { name: 'Add to set…' }), there: (page) => panel(page, 'Add to set').getByRole('combobox', { name: 'Set' }) },
  'log-panel': { path: () => `/logs?feature=code&open=${made.log}`, there: within('Log', 'About it') },
  sets: { path: () => '/sets', there: link },
  set: { path: () => `/sets/${made.set}`, there: link },
  'set-item': { path: () => `/sets/${made.set}?open=${made.item}`, there: within('Item', 'About it') },
  'set-criteria': { path: () => `/sets/${made.set}?part=criteria`, there: (page) => page.getByRole('group', { name: 'Short' }) },
  'set-scorers': { path: () => `/sets/${made.set}?part=scorers`, click: (page) => page.getByRole('button', { name: 'Add a scorer' }), there: (page) => page.getByRole('group', { name: 'Scorer 4' }) },
  'set-runs': { path: () => `/sets/${made.set}?part=runs`, there: link },
  'set-versions': { path: () => `/sets/${made.set}?part=versions`, there: link },
  'new-run': { path: () => `/runs/new?set=${made.set}`, there: (page) => page.getByText(/^With 15 items this run can tell/) },
  'new-run-panel': {
    path: () => `/runs/new?set=${made.set}`,
    click: async (page) => {
      await page.getByText('More judges, and more answers').click();
      await page.getByRole('button', { name: 'Add a judge' }).click();
    },
    there: (page) => page.getByRole('button', { name: 'Remove judge 2' }),
  },
  run: { path: () => `/runs/${made.run}?threshold=0.6`, there: (page) => items(page).getByText(/level \d/).first() },
  'run-unscored': { path: () => `/runs/${made.unscored}?show=unscored`, there: (page) => items(page).getByText(/unscored:/).first() },
  'run-item': { path: () => `/runs/${made.run}?show=all`, click: (page) => items(page).getByRole('link').first(), there: within('Item', 'What the judge says') },
  'run-unreliable': { path: () => `/runs/${made.unreliable}`, there: (page) => page.getByRole('heading', { name: /^The judge is unreliable in this run/ }) },
  'run-again': { path: () => `/runs/${made.run}`, click: (page) => page.getByRole('button', { name: 'Judge again…' }), there: (page) => panel(page, 'Judge again').getByLabel('Model') },
  judge: { path: () => `/judges/${made.judge}?run=${made.run}`, there: (page) => region(page, 'Label these next').getByRole('link').first() },
  'judge-unreliable': { path: () => `/judges/${made.wrong}`, there: (page) => page.getByText(/^The judge is unreliable: /) },
  'judge-unlabelled': { path: () => `/judges/${made.unlabelled}`, there: (page) => page.getByText('? unlabelled').first() },
  'judge-item': { path: () => `/judges/${made.judge}?run=${made.run}&open=${made.labelled}`, there: (page) => panel(page, 'Item').getByRole('button', { name: /^Withdraw level 4/ }) },
  'run-paused': { path: () => `/runs/${made.paused}`, there: (page) => page.getByRole('progressbar') },
  compare: { path: () => `/compare?base=${made.terse}&candidate=${made.run}`, there: (page) => region(page, 'Comparison').getByRole('table').first() },
  runs: { path: () => '/runs', there: link },
  settings: { path: () => '/settings', there: (page) => page.getByRole('table').getByText('Support app') },
  design: { path: () => '/design', there: heading('Dark', 2) },
  'settings-webhooks': { path: () => '/settings', click: showWebhooks, there: (page) => region(page, 'Webhooks').getByText('✓ delivered').first() },
  'settings-webhook': {
    path: () => '/settings',
    click: async (page) => {
      await showWebhooks(page);
      await page.getByRole('button', { name: 'Edit Deploy' }).click();
    },
    there: (page) => panel(page, 'Edit webhook').getByLabel('Address'),
  },
  'settings-provider': { path: () => '/settings', click: (page) => page.getByRole('button', { name: 'Add a provider…' }), there: (page) => panel(page, 'Add a provider').getByLabel('API key') },
};

const test = testIn();

// A colour that is on its way to another one has no contrast to measure.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

function look(name, { path, click, there }, { signedIn = true } = {}) {
  test(`${name} is fit for everybody`, async ({ page, world }) => {
    if (signedIn) await enter(page, world);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      // What was added to be looked at goes, unasked.
      await page.evaluate(() => document.querySelector('[data-changed]')?.removeAttribute('data-changed'));
      await page.goto(path());
      await clickOn(click?.(page));
      await expect(there(page)).toBeVisible();
      await expect(page.getByText('Loading…')).toHaveCount(0);
      for (const [theme, ask] of Object.entries(THEMES)) {
        await page.emulateMedia({ colorScheme: theme });
        const view = `${name}-${width}-${theme}`;
        const fullPage = (await page.getByRole('dialog').count()) === 0;
        await page.screenshot({ path: `${import.meta.dirname}/screenshots/${view}.png`, fullPage });
        expect.soft(await violations(page, ask), `violations in ${view}`).toEqual([]);
      }
      expect.soft(await tooWide(page), `wider than the window at ${width}`).toEqual([]);
    }
    await page.setViewportSize(ENLARGED);
    // A chart is laid out anew once it is told how wide it is.
    await expect.configure({ soft: true }).poll(() => tooWide(page), 'wider than the window at 400 %').toEqual([]);
  });
}

/** Clicks on a place; what was done already is waited for. */
async function clickOn(place) {
  await (place?.click ? place.click() : place);
}

/** What axe finds, one line for each rule. */
async function violations(page, ask) {
  // There are no frames to look into, which is what the other mode opens a page for.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await ask(axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} (${node.any[0]?.message ?? node.failureSummary})`).join('; ')}`);
}

/** What scrolls sideways of page and panel, each with the element that sticks out farthest. */
function tooWide(page) {
  return page.evaluate(() => {
    const frames = [document.documentElement, ...document.querySelectorAll('dialog, dialog .body')];
    const right = (element) => element.getBoundingClientRect().right;
    const farthest = (frame) => [...frame.querySelectorAll('*')].reduce((far, element) => (right(element) > right(far) ? element : far));
    const told = (frame) => `${frame.tagName} ${frame.scrollWidth} of ${frame.clientWidth}: ${farthest(frame).outerHTML.slice(0, 120)}`;
    return frames.filter((frame) => frame.scrollWidth > frame.clientWidth).map(told);
  });
}

for (const [name, screen] of Object.entries(EMPTY)) look(name, screen, { signedIn: name !== 'sign-in' });

/** Labels some responses of the run: not all as the judge judged them. */
async function label(world) {
  const { data } = await world.ask('GET', `/api/runs/${made.run}/results`);
  made.labelled = data[0].item_id;
  for (const [place, { item_id }] of data.slice(0, 8).entries()) {
    const of_response = { run_id: made.run, item_id };
    await world.ask('PUT', '/api/labels', { ...of_response, criterion: 'Helpful', level: (place * 2 + 4) % 6, note: 'It names the depot, but not the day.' });
    await world.ask('PUT', '/api/labels', { ...of_response, pass: place % 3 > 0 });
  }
}

test.describe('with data', () => {
  test.beforeAll(async ({ world }) => {
    await importLogs(world);
    await world.key('ingest', 'read');
    await world.ask('POST', '/api/keys', { name: 'Support app', scopes: ['ingest'] });
    made.log = (await world.ask('GET', '/api/logs?feature=code')).data[3].id;
    const scorers = [
      { type: 'icontains', value: 'Simulated', name: 'Says so', weight: 1 },
      { type: 'rouge-l', not: true },
      { type: 'tool-args-match', value: [{ name: 'find', arguments: { id: 1 } }] },
    ];
    await makeSet(world, 'Extracted fields', { feature: 'extraction' });
    made.set = await makeSet(world, 'Support answers', { feature: 'support' }, CRITERIA);
    await world.ask('PATCH', `/api/sets/${made.set}`, { scorers });
    made.item = (await world.ask('GET', `/api/sets/${made.set}/items`)).data[0].id;
    const unscored = await finishRun(world, made.set, { judge: { provider: 'scripted', model: 'judge@prose' }, sample: { n: 4, seed: 1 } });
    Object.assign(made, { unscored: unscored.id, unlabelled: unscored.judge_version });
    made.receiver = await startReceiver();
    await world.ask('POST', '/api/webhooks', { name: 'Chat', url: `${made.receiver.url}&channel=releases`, events: ['run.paused'] });
    await world.ask('POST', '/api/webhooks', { name: 'Deploy', url: made.receiver.url, events: ['run.finished'] });
    made.terse = (await finishRun(world, made.set, { target: { provider: 'demo', model: 'terse' } })).id;
    const run = await finishRun(world, made.set, { name: 'Echo, with the new prompt' });
    Object.assign(made, { run: run.id, judge: run.judge_version });
    const unreliable = await finishRun(world, made.set, { judge: { provider: 'scripted', model: 'judge@fixed-5' } });
    Object.assign(made, { unreliable: unreliable.id, wrong: unreliable.judge_version });
    await label(world);
    world.provider.configure({ latency_ms: 100 });
    made.paused = (await startRun(world, made.set, { judge: { provider: 'scripted', model: 'judge' }, concurrency: 2, fresh: true })).id;
    await eventually(async () => (await world.ask('GET', `/api/runs/${made.paused}`)).counts.done > 2);
    await world.ask('POST', `/api/runs/${made.paused}/pause`);
  });

  test.afterAll(() => made.receiver?.close());

  for (const [name, screen] of Object.entries(FILLED)) look(name, screen);
});
