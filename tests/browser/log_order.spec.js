// The order of the logs: by column, of all that match and not of what is loaded, kept in the address.

import { readFile } from 'node:fs/promises';
import { asked, enter, expect, importLogs, log, look, panel, testIn } from './support.js';

const LOGS = 450;

/** Logs of which every tenth has no latency; the latencies are those of no order that the logs have. */
const latency = (n) => (n % 10 === 0 ? undefined : 1 + ((n * 7919) % 10_007));

const test = testIn();

test.beforeAll(async ({ world }) => {
  await importLogs(
    world,
    Array.from({ length: LOGS }, (_, n) => ({
      ...log(`Question ${n}?`, `Answer ${n}.`, { feature: n % 2 ? 'odd' : 'even', at: 1_788_000_000 + n }),
      latency_ms: latency(n),
      cost_usd: n / 1000,
    })),
  );
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const table = (page) => page.getByRole('table', { name: 'Logs' });
const head = (page, name) => table(page).getByRole('columnheader', { name: new RegExp(`^${name}`) });
const row = (page, place) => table(page).locator(`[aria-rowindex="${place + 2}"]`);

/** Which questions were asked, the slowest first. */
const slowest = Array.from({ length: LOGS }, (_, n) => n)
  .filter((n) => latency(n) !== undefined)
  .sort((one, other) => latency(other) - latency(one));

test('a head sorts all that match, turns when it is pressed again, and Back undoes it', async ({ page, visitor, world }) => {
  const calls = asked(page);
  await page.goto('/logs');
  await expect(row(page, 0)).toContainText(`Question ${LOGS - 1}?`);
  await expect(head(page, 'Time')).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByText('Newest first.')).toBeVisible();

  const sort = head(page, 'Latency').getByRole('button');
  await sort.focus();
  await page.keyboard.press('Enter');
  await expect(row(page, 0)).toContainText(`Question ${slowest[0]}?`);
  await expect(page).toHaveURL('/logs?sort=slowest');
  await expect(head(page, 'Latency')).toHaveAttribute('aria-sort', 'descending');
  await expect(head(page, 'Time')).not.toHaveAttribute('aria-sort', /./);
  await expect(page.getByText('Slowest first; what has no latency stands last.')).toBeVisible();
  await expect(sort, 'whoever works by key goes on').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/logs?sort=fastest');
  await expect(head(page, 'Latency')).toHaveAttribute('aria-sort', 'ascending');
  await expect(row(page, 0)).toContainText(`Question ${slowest.at(-1)}?`);

  await head(page, 'Cost').getByRole('button').click();
  await expect(row(page, 0)).toContainText(`Question ${LOGS - 1}?`);
  await page.goBack();
  await expect(row(page, 0)).toContainText(`Question ${slowest.at(-1)}?`);
  await page.goBack();
  await expect(row(page, 0)).toContainText(`Question ${slowest[0]}?`);
  await page.goForward();
  await expect(row(page, 0)).toContainText(`Question ${slowest.at(-1)}?`);

  const other = await visitor();
  await enter(other, world);
  await other.goto(page.url());
  await expect(row(other, 0)).toContainText(`Question ${slowest.at(-1)}?`);
  await expect(head(other, 'Latency')).toHaveAttribute('aria-sort', 'ascending');
  expect(calls.filter((line) => /count|facets/.test(line)).length, 'another order counts nothing anew').toBeLessThanOrEqual(2);
});

test('the pages of a sorted list follow each other, and what has no number is the end of it', async ({ page }) => {
  await page.goto('/logs?sort=slowest&feature=odd&feature=even');
  await expect(row(page, 0)).toContainText(`Question ${slowest[0]}?`);
  const seen = new Map();
  await page.mouse.move(600, 500);
  await expect
    .poll(
      async () => {
        for (const [place, text] of await table(page)
          .locator('[data-row]')
          .evaluateAll((rows) => rows.map((row) => [Number(row.getAttribute('aria-rowindex')) - 2, row.innerText])))
          seen.set(place, Number(/Question (\d+)\?/.exec(text)[1]));
        await page.mouse.wheel(0, 700);
        return seen.size;
      },
      { intervals: [60], timeout: 25_000 },
    )
    .toBe(LOGS);
  const places = [...seen.keys()].sort((one, other) => one - other).map((place) => seen.get(place));
  expect(places.slice(0, slowest.length)).toEqual(slowest);
  expect(places.slice(slowest.length).every((n) => n % 10 === 0)).toBe(true);
});

test('a file has the logs in the order of the list', async ({ page }) => {
  await page.goto('/logs?sort=slowest&export=1');
  await expect(panel(page, 'Export logs')).toContainText(`The ${LOGS} logs that match, as the list sorts and shows them`);
  const download = page.waitForEvent('download');
  await panel(page, 'Export logs').getByRole('button', { name: 'Save as JSON lines' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  expect(lines.slice(0, slowest.length).map((line) => line.request_preview)).toEqual(slowest.map((n) => `Question ${n}?`));
  expect(lines).toHaveLength(LOGS);
});

test('new logs come in only where they have their place', async ({ page }) => {
  await page.goto('/logs?live=1&sort=dearest');
  await expect(row(page, 0)).toContainText(`Question ${LOGS - 1}?`);
  await expect(page.getByRole('switch', { name: 'Live (only with the newest first)' })).toBeDisabled();
  await head(page, 'Time').getByRole('button').click();
  await expect(page.getByRole('switch', { name: 'Live', exact: true })).toBeChecked();
  await page.goto('/logs?sort=slowest');
  await expect(row(page, 0)).toContainText(`Question ${slowest[0]}?`);
  await look(page, 'logs-sorted');
});
