// What the browser tests share: a world for each file, pages that are watched, and data to look at.
//
//   const test = testIn({ provider: { latency_ms: 150 } });
//   test('…', async ({ page, world }) => { await enter(page, world); … });
//
// A test fails when any of its pages logs an error, throws, breaks the page's policy, opens a dialog of the
// browser's own, or asks another origin for anything.

import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';
import { eventually, startWorld } from '../live/world.mjs';

export { expect };

const SAMPLES = new URL('../../shared/samples/sample_logs.jsonl', import.meta.url);

/** What a run takes at most, in milliseconds. */
const RUN_MS = 20_000;

/**
 * Makes the `test` of one file. The world starts with its first test and ends with its last; `options` are those of
 * `startWorld`. Beside what Playwright gives, a test has
 * - `world`, and addresses relative to it;
 * - `visitor()`, a page in a browser context of its own, watched as the first one is;
 * - `allow(pattern)`, for an error in the console that belongs to the test.
 */
export function testIn(options = {}) {
  return base.extend({
    world: [
      async ({}, use) => {
        const world = await startWorld(options);
        await use(world);
        await world.close();
      },
      { scope: 'worker' },
    ],
    baseURL: async ({ world }, use) => use(world.url),
    complaints: async ({}, use) => {
      const complaints = { heard: [], allowed: [] };
      await use(complaints);
      const left = complaints.heard.filter((text) => !complaints.allowed.some((pattern) => pattern.test(text)));
      expect(left, 'the pages have nothing to complain about').toEqual([]);
    },
    allow: async ({ complaints }, use) => use((pattern) => complaints.allowed.push(pattern)),
    context: async ({ context, baseURL, complaints }, use) => {
      watch(context, baseURL, complaints.heard);
      await use(context);
    },
    visitor: async ({ browser, contextOptions, viewport, baseURL, complaints }, use) => {
      const contexts = [];
      await use(async () => {
        const context = await browser.newContext({ ...contextOptions, viewport, baseURL });
        contexts.push(context);
        watch(context, baseURL, complaints.heard);
        return context.newPage();
      });
      await Promise.all(contexts.map((context) => context.close()));
    },
  });
}

/** Notes whatever a page should not do. A breach of the page's policy is an error in the console. */
function watch(context, origin, heard) {
  context.on('console', (message) => {
    if (message.type() === 'error') heard.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => heard.push(`thrown: ${error.error().stack ?? error.error()}`));
  context.on('dialog', (dialog) => {
    heard.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && !['about:', 'blob:', 'data:'].includes(protocol)) heard.push(`request to ${request.url()}`);
  });
}

/** The link that the start command prints. */
export const signInLink = (world) => `${world.url}/sign-in#token=${world.token}`;

/** Signs the page's context in, without showing anything. */
export async function enter(page, world) {
  const reply = await page.request.post(`${world.url}/api/session`, { data: { token: world.token } });
  expect(reply.status()).toBe(204);
}

/** Signs in as a reader does, who is known to the browser from then on. */
export async function signIn(page, world) {
  await page.goto(signInLink(world));
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  // The heading comes before what the page asks for.
  await page.waitForLoadState('networkidle');
}

/** Puts logs into the world: the samples, or records of one's own. */
export async function importLogs(world, records) {
  const file = records ? records.map((record) => JSON.stringify(record)).join('\n') : await readFile(SAMPLES, 'utf8');
  return world.ask('POST', '/api/logs/import?format=auto', file);
}

/** A log as an import takes it. */
export function log(question, answer, { feature = 'support', at = 1_788_000_000 } = {}) {
  return {
    created: at,
    request: { model: 'old', messages: [{ role: 'user', content: question }], metadata: { feature } },
    response: { choices: [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }] },
  };
}

/** Makes a set of the logs that a filter matches, and resolves with its id. */
export async function makeSet(world, name, filter, criteria = [{ name: 'Helpful', question: 'Does the response answer what was asked?' }]) {
  const set = await world.ask('POST', '/api/sets', { name, criteria });
  await world.ask('POST', `/api/sets/${set.id}/items`, { filter });
  return set.id;
}

/** Starts a run of a set, of the demo models unless told otherwise, and resolves with it. */
export function startRun(world, set, more = {}) {
  return world.ask('POST', '/api/runs', {
    set_id: set,
    target: { provider: 'demo', model: 'echo' },
    judge: { provider: 'demo', model: 'judge' },
    ...more,
  });
}

/** As `startRun`, and resolves when the run is done. */
export async function finishRun(world, set, more) {
  const { id } = await startRun(world, set, more);
  return eventually(
    async () => {
      const run = await world.ask('GET', `/api/runs/${id}`);
      return run.status === 'done' && run;
    },
    { within_ms: RUN_MS },
  );
}

/** Notes what a page asks the service for from now on: each call as a line, such as `GET /api/runs`. */
export function asked(page) {
  const lines = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith('/api/')) lines.push(`${request.method()} ${pathname}${search}`);
  });
  return lines;
}

/** The part of a page under a heading, or the panel with a title. */
export const region = (page, name) => page.getByRole('region', { name, exact: true });
export const panel = (page, name) => page.getByRole('dialog', { name, exact: true });

/** Leaves a form with what was typed into it. */
export const leaveUnsaved = (page) => panel(page, 'Leave without saving?').getByRole('button', { name: 'Leave without saving' }).click();

/** The scores of the items that are listed, in their order. */
export async function listedScores(page) {
  const lines = await region(page, 'Items, the worst first').getByRole('listitem').allTextContents();
  return lines.map((line) => Number(/\d\.\d\d/.exec(line)?.[0]));
}

/** The row at the top of the screen, below the head of the page: its place in the list, and where on the screen it is. */
export const reading = (page) =>
  page.evaluate(() => {
    const rows = [...document.querySelectorAll('[data-row]')].map((row) => [row, row.getBoundingClientRect().top]);
    const [row, top] = rows.filter(([, top]) => top >= 60).toSorted((a, b) => a[1] - b[1])[0];
    return { place: Number(row.getAttribute('aria-posinset')), id: row.id, top };
  });

/** What may take so long as a list of very many rows does. */
export const LONG = { timeout: 60_000 };

/** Waits until rows of a grown run fill the screen, each with its text unless that is held back, and nothing moves any more. */
export async function still(page, { texts = true } = {}) {
  await expect
    .poll(() =>
      page.evaluate(async (texts) => {
        const look = () => {
          const rows = [...document.querySelectorAll('[data-row]')].filter((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
          });
          return JSON.stringify(rows.map((row) => [row.id, Math.round(row.getBoundingClientRect().top), !texts || /Question \d+\./.test(row.textContent)]));
        };
        const before = look();
        await new Promise((resolve) => setTimeout(resolve, 350));
        return before === look() && before.length > 2 && !before.includes('false');
      }, texts), LONG,
    )
    .toBe(true);
}

/** Looks as anybody might: wide, narrow and between, in light and dark. Every look is kept as a picture and checked. */
export async function look(page, name) {
  for (const width of [1440, 768, 360]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${import.meta.dirname}/screenshots/${name}-${width}-${colorScheme}.png`, fullPage: true });
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`), `${name} at ${width}, ${colorScheme}`).toEqual([]);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wide, `${name} is wider than ${width}`).toBe(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
