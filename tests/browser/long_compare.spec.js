// Two runs whose comparison lists 10,000 items: few are drawn, and what is read stays where it is.

import { fileOf } from '../live/database.mjs';
import { grow, seedOf } from '../live/grown.mjs';
import { LONG, asked, expect, finishRun, panel, reading, signIn, still, testIn } from './support.js';

/** Six of seven items have a score, and four of six of those are below the threshold. */
const ITEMS = 17_500;
const LISTED = 10_000;
/** The most rows that may be in the page at once. */
const MOST_ROWS = 200;

/** The most dots that a chart of them has: one for each place where they can be, twice where the threshold divides one. */
const MOST_DOTS = 600;

const test = testIn();

// So many rows take a while to write, and their scores to come.
test.describe.configure({ timeout: 120_000 });

const made = {};

test.beforeAll(async ({ world }) => {
  const seed = await seedOf(world);
  const { set_id } = await world.ask('GET', `/api/runs/${seed.run}`);
  const scripted = (model) => ({ provider: 'scripted', model });
  const other = await finishRun(world, set_id, { name: 'Another', target: scripted('scripted-2'), judge: scripted('judge') });
  Object.assign(made, { base: seed.run, candidate: other.id });
  await world.stop();
  const file = await fileOf(world.state);
  for (const run of [made.base, made.candidate]) grow(file, run, seed.item, ITEMS);
  await world.start();
});

test.beforeEach(async ({ page, world }) => signIn(page, world));

/** Opens the list of the items that fail in both runs, and notes what the page asks for. */
async function open(page) {
  const calls = asked(page);
  await page.goto(`/compare?base=${made.base}&candidate=${made.candidate}&show=both_fail`);
  const list = page.getByRole('region', { name: /items that fail in both runs$/ });
  const rows = list.getByRole('list').getByRole('listitem');
  await expect(rows.first()).toContainText(/Question \d+\./, LONG);
  const opened = [...calls];
  await rows.first().evaluate((row) => row.parentElement.scrollIntoView());
  await still(page);
  return { opened, calls, rows };
}

test('the last of 10,000 pairs is reached, with few rows in the page and few requests', async ({ page }) => {
  const { opened, calls, rows } = await open(page);
  expect(opened.length, `the page opens with ${opened}`).toBeLessThanOrEqual(3);
  const size = Number(await rows.first().getAttribute('aria-setsize'));
  expect(Math.abs(size - LISTED), `${size} are listed`).toBeLessThan(10);
  expect(await page.locator('.paired .dot').count(), 'pairs that are close share a dot').toBeLessThanOrEqual(MOST_DOTS);
  let most = await rows.count();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await still(page);
  most = Math.max(most, await rows.count());
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await still(page);
  most = Math.max(most, await rows.count());
  await expect(page.locator(`[aria-posinset="${size}"]`)).toBeInViewport();
  expect(most).toBeLessThanOrEqual(MOST_ROWS);
  expect(calls.length, 'a request for many rows, not for each').toBeLessThan(9);
});

test('Back leads to the pair that was read, and what is opened on the way changes nothing', async ({ page }) => {
  await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight * 0.6));
  await still(page);
  const before = await reading(page);
  const near = async () => {
    await still(page);
    const after = await reading(page);
    expect(after.id, 'the same row').toBe(before.id);
    expect(Math.abs(after.top - before.top), 'where it was').toBeLessThan(2);
  };
  // A click of Playwright's scrolls first, though the head of the page is in sight.
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sets' }).dispatchEvent('click');
  await expect(page.getByRole('heading', { name: 'Sets', level: 1 })).toBeVisible();
  await page.goBack();
  await near();
  await page.locator(`#${before.id}`).getByRole('link').dispatchEvent('click');
  await expect(panel(page, 'Item')).toBeVisible();
  await page.keyboard.press('Escape');
  await near();
  await page.reload();
  await near();
});
