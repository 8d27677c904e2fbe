// A run of 100,000 items: all of them are reached, few are drawn, and what is read stays where it is.

import { fileOf } from '../live/database.mjs';
import { grow, seedOf } from '../live/grown.mjs';
import { LONG, asked, expect, panel, reading, region, signIn, still, testIn } from './support.js';

const ITEMS = 100_000;
/** The most rows that may be in the page at once. */
const MOST_ROWS = 200;

const test = testIn();

// So many rows take a while to write, and their scores to come.
test.describe.configure({ timeout: 120_000 });

let run;

test.beforeAll(async ({ world }) => {
  const seed = await seedOf(world);
  run = seed.run;
  await world.stop();
  grow(await fileOf(world.state), run, seed.item, ITEMS);
  await world.start();
});

test.beforeEach(async ({ page, world }) => signIn(page, world));

/** Opens all items of the run, and notes what the page asks for. */
async function open(page) {
  const calls = asked(page);
  await page.goto(`/runs/${run}?show=all`);
  const list = region(page, 'Items, the worst first').getByRole('list');
  await expect(list.getByRole('listitem').first()).toContainText(/Question \d+\./, LONG);
  const opened = [...calls];
  await list.evaluate((list) => list.scrollIntoView());
  return { opened, calls, rows: list.getByRole('listitem') };
}

test('the last row is reached, and few rows are in the page wherever one scrolls', async ({ page }) => {
  const { opened, calls, rows } = await open(page);
  await still(page);
  expect(opened.length, `the page opens with ${opened}`).toBeLessThanOrEqual(3);
  await expect(rows.first()).toHaveAttribute('aria-setsize', String(ITEMS));
  let most = 0;
  for (const share of [0.1, 0.35, 0.72, 0.9999]) {
    await page.evaluate((share) => scrollTo(0, share * document.documentElement.scrollHeight), share);
    await still(page);
    most = Math.max(most, await rows.count());
    const { place } = await reading(page);
    expect(Math.abs(place / ITEMS - share), `at ${share} of the way stands row ${place}`).toBeLessThan(0.02);
  }
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await still(page);
  const last = page.locator(`[aria-posinset="${ITEMS}"]`);
  await expect(last).toBeInViewport();
  await expect(last).toContainText(/Question \d+\./);
  expect(most).toBeLessThanOrEqual(MOST_ROWS);
  expect(await page.evaluate(() => document.documentElement.scrollHeight), 'browsers lay it out').toBeLessThan(16_700_000);
  expect(calls.length, 'a request for many rows, not for each').toBeLessThan(12);
});

test('a wheel moves the rows as far as it says, and what is read stays when all is still', async ({ page }) => {
  await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 3));
  await still(page);
  await page.mouse.move(600, 500);
  for (const by of [240, 240, -360, 120]) {
    const before = await reading(page);
    await page.mouse.wheel(0, by);
    await still(page);
    const top = await page.evaluate((id) => document.getElementById(id)?.getBoundingClientRect().top, before.id);
    expect(Math.abs(before.top - top - by), `a wheel by ${by} moves a row by ${before.top - top}`).toBeLessThan(2);
  }
});

test('the row with the focus keeps it, and Home and End lead to the ends', async ({ page }) => {
  const { rows } = await open(page);
  await still(page);
  const link = rows.nth(2).getByRole('link');
  const name = await link.textContent();
  await link.focus();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await still(page);
  await expect(page.locator(':focus')).toHaveText(name);
  await page.keyboard.press('End');
  await still(page);
  await expect(page.locator(`[aria-posinset="${ITEMS}"]`).getByRole('link')).toBeFocused();
  await expect(page.locator(`[aria-posinset="${ITEMS}"]`)).toBeInViewport();
  await page.keyboard.press('Shift+Tab');
  await expect(page.locator(`[aria-posinset="${ITEMS}"]`).getByRole('button')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(page.locator(`[aria-posinset="${ITEMS - 1}"]`).getByRole('link')).toBeFocused();
  await page.keyboard.press('Home');
  await still(page);
  await expect(page.locator('[aria-posinset="1"]').getByRole('link')).toBeFocused();
  const before = await reading(page);
  await page.keyboard.press('PageDown');
  await still(page);
  expect((await reading(page)).place).toBeGreaterThan(before.place + 2);
});

test('Back leads to the row that was read, and a reload too', async ({ page }) => {
  await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight * 0.6));
  await still(page);
  const before = await reading(page);
  const near = async () => {
    await still(page);
    const after = await reading(page);
    expect(after.place, 'the same row').toBe(before.place);
    expect(Math.abs(after.top - before.top), 'where it was').toBeLessThan(2);
  };
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sets' }).click();
  await expect(page.getByRole('heading', { name: 'Sets', level: 1 })).toBeVisible();
  await page.goBack();
  await near();
  // What is opened on the way and closed again changes nothing.
  await page.locator(`#${before.id}`).getByRole('link').click();
  await expect(panel(page, 'Item')).toBeVisible();
  await page.keyboard.press('Escape');
  await near();
  await page.reload();
  await near();
});

test('texts that come late move nothing that Back led to', async ({ page }) => {
  await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight * 0.4));
  await still(page);
  const before = await reading(page);
  const kept = await page.evaluate(() => history.state);
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page.getByRole('heading', { name: 'Sets', level: 1 })).toBeVisible();
  // Rows without their texts are shorter: by then the reader is where they were, and the rows above grow.
  const { promise: heldBack, resolve: letThrough } = Promise.withResolvers();
  await page.route('**/results?*', async (route) => {
    await heldBack;
    await route.continue();
  });
  await page.goBack();
  await expect(page.locator(`#${before.id}`)).toBeInViewport(LONG);
  await still(page, { texts: false });
  letThrough();
  await still(page);
  const after = await reading(page);
  expect(after.place, 'the same row').toBe(before.place);
  expect(Math.abs(after.top - before.top), 'where it was').toBeLessThan(2);
  expect(await page.evaluate(() => history.state), 'and that is what is kept').toBe(kept);
});

test('what is in the head of the page gets the focus, and nothing scrolls', async ({ page }) => {
  await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await still(page);
  const before = await reading(page);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Home' }).focus();
  for (const name of ['Logs', 'Sets', 'Runs', 'Settings']) {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name })).toBeFocused();
  }
  await still(page);
  expect(await reading(page)).toEqual(before);
});

test('a narrow screen shows it as well', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const { rows } = await open(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await still(page);
  const before = await reading(page);
  await page.setViewportSize({ width: 420, height: 740 });
  await still(page);
  const after = await reading(page);
  expect(Math.abs(after.place - before.place), 'another width shows the same rows').toBeLessThanOrEqual(1);
  expect(await rows.count()).toBeLessThanOrEqual(MOST_ROWS);
});
