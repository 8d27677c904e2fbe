// The table of logs: pages come while one scrolls and are come back to, columns are chosen, and rows are checked by
// the range.

import { enter, expect, importLogs, log, look, testIn } from './support.js';

const LOGS = 700;

const test = testIn();

test.beforeAll(async ({ world }) => {
  const answer = (n) => `Answer ${n}. ${'It is on its way. '.repeat(n % 9)}`;
  await importLogs(world, Array.from({ length: LOGS }, (_, n) => log(`Question ${n}? ${'Please. '.repeat(n % 13)}`, answer(n), { at: 1_788_000_000 + n })));
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const table = (page) => page.getByRole('table', { name: 'Logs' });
const heads = (page) => table(page).getByRole('columnheader').allTextContents();
const row = (page, place) => table(page).locator(`[aria-rowindex="${place + 2}"]`);
const status = (page) => page.getByRole('status').filter({ hasText: /match|log/ }).first();

test('the next pages come while one scrolls, and the oldest log is reached', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => new URL(request.url()).pathname === '/api/logs' && asked.push(request.url()));
  await page.goto('/logs');
  await expect(row(page, 0)).toContainText(`Question ${LOGS - 1}?`);
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(LOGS + 1));
  let most = 0;
  await expect
    .poll(async () => {
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      most = Math.max(most, await table(page).locator('[data-row]').count());
      return row(page, LOGS - 1).isVisible();
    })
    .toBe(true);
  await expect(row(page, LOGS - 1)).toContainText('Question 0?');
  await expect(page.getByRole('button', { name: 'Load more' })).toHaveCount(0);
  expect(most).toBeLessThanOrEqual(200);
  expect(asked.length, 'pages, and no row by itself').toBeLessThanOrEqual(5);
});

/** Scrolls a little at a time until a row is drawn: a row that is far off is not, and a long way would lead past it. */
async function wheelTo(page, place, by) {
  await page.mouse.move(600, 500);
  await expect
    .poll(async () => {
      if ((await row(page, place).count()) > 0) return true;
      await page.mouse.wheel(0, by);
      return false;
    }, { intervals: [50], timeout: 25_000 })
    .toBe(true);
}

/** Where a log is on the screen, once nothing moves. */
async function standing(page, id) {
  const top = () => page.locator(`#${id}`).evaluate((row) => Math.round(row.getBoundingClientRect().top));
  let before;
  await expect
    .poll(async () => {
      const now = await top();
      const still = now === before;
      before = now;
      return still;
    }, { intervals: [300] })
    .toBe(true);
  return before;
}

test('Back and a reload lead to a log of a later page, and the logs above it come as one scrolls up', async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto('/logs');
  await expect(row(page, 0)).toBeVisible();
  await wheelTo(page, 450, 900);
  await row(page, 450).scrollIntoViewIfNeeded();
  const id = await row(page, 450).getAttribute('id');
  const before = await standing(page, id);
  const asked = [];
  page.on('request', (request) => new URL(request.url()).pathname.startsWith('/api/') && asked.push(new URL(request.url()).pathname));
  const comesBack = async (how) => {
    asked.length = 0;
    await how();
    await expect(page.locator(`#${id}`)).toBeInViewport();
    expect(Math.abs((await standing(page, id)) - before), 'where it was').toBeLessThan(2);
    expect(asked.sort()).toEqual(['/api/logs', '/api/logs/count', '/api/logs/facets']);
  };
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page.getByRole('heading', { name: 'Sets', level: 1 })).toBeVisible();
  await comesBack(() => page.goBack());
  await comesBack(() => page.reload());

  await expect(page.getByRole('button', { name: '↑ Show the newest' })).toHaveCount(1);
  await page.mouse.move(600, 500);
  const newest = table(page).locator('[data-row]').filter({ hasText: `Question ${LOGS - 1}?` });
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, -900);
      return newest.count();
    }, { intervals: [50], timeout: 30_000 })
    .toBe(1);
  await expect(page.getByRole('button', { name: '↑ Show the newest' })).toHaveCount(0);
  await expect(newest).toHaveAttribute('aria-rowindex', '2');
  // None of those between was left out.
  await wheelTo(page, 450, 900);
  await expect(row(page, 450)).toHaveAttribute('id', id);

  await page.reload();
  await page.getByRole('button', { name: '↑ Show the newest' }).click();
  await expect(row(page, 0)).toContainText(`Question ${LOGS - 1}?`);
});

test('the list behind goes along with the open log, and the one that was read last has the focus', async ({ page }) => {
  await page.goto('/logs');
  await expect(row(page, 0)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const open = page.getByRole('dialog', { name: 'Log' });
  await expect(open).toContainText(`Question ${LOGS - 1}?`);
  for (let place = 1; place <= 40; place += 1) await page.keyboard.press('j');
  await expect(open).toContainText(`Question ${LOGS - 41}?`);
  await expect(row(page, 40)).toBeInViewport({ ratio: 1 });
  for (let place = 0; place < 25; place += 1) await page.keyboard.press('k');
  await expect(row(page, 15)).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Escape');
  await expect(open).toHaveCount(0);
  await expect(row(page, 15).getByRole('link')).toBeFocused();
  await expect(row(page, 15)).toBeInViewport({ ratio: 1 });
});

test('columns are hidden, moved and shown again; the address says which', async ({ page }) => {
  await page.goto('/logs');
  await expect(row(page, 0)).toBeVisible();
  const usual = await heads(page);
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: 'Move Cost to the left' }).click();
  await expect(page).toHaveURL(/columns=time%2Cfeature%2Crequest%2Cresponse%2Ccost%2Clatency%2Ctokens/);
  await expect(row(page, 0).getByRole('cell')).toHaveCount(8);
  await look(page, 'logs-columns');
  await page.reload();
  await expect(row(page, 0)).toContainText('Question');
  expect(await heads(page)).toEqual(['', 'Time ▼', 'Feature', 'Request', 'Response', 'Cost', 'Latency', 'Tokens']);
  await expect(page.getByRole('alert'), 'the filter knows nothing of columns').toHaveCount(0);
  await page.goBack();
  await page.goBack();
  await expect(page).not.toHaveURL(/columns/);
  expect(await heads(page)).toEqual(usual);
});

test('columns are made wider by keyboard, and stay so in this browser', async ({ page }) => {
  await page.goto('/logs');
  const edge = page.getByRole('separator', { name: 'Width of Model' });
  const width = () => table(page).getByRole('columnheader', { name: /^Model/ }).evaluate((head) => head.getBoundingClientRect().width);
  await expect(edge).toBeVisible();
  const before = await width();
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect.poll(width).toBeCloseTo(before + 32, 0);
  await page.reload();
  await expect.poll(width).toBeCloseTo(before + 32, 0);
});

test('Shift with a click or an arrow checks all rows from the one before, those that are not drawn too', async ({ page }) => {
  await page.goto('/logs');
  const box = (place) => row(page, place).getByRole('checkbox');
  await box(1).click();
  await expect(status(page)).toContainText('1 checked');
  await box(4).click({ modifiers: ['Shift'] });
  await expect(status(page)).toContainText('4 checked');
  await expect(box(2)).toBeChecked();
  await wheelTo(page, 120, 600);
  await box(120).click({ modifiers: ['Shift'] });
  await expect(status(page)).toContainText('120 checked');
  await page.evaluate(() => scrollTo(0, 0));
  await expect(box(3)).toBeChecked();
  await expect(box(0)).not.toBeChecked();
  await row(page, 4).getByRole('link').focus();
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(row(page, 4).getByRole('link')).toBeFocused();
  await expect(box(3), 'who goes back takes back').not.toBeChecked();
  await expect(status(page)).toContainText('119 checked');
  await page.getByRole('button', { name: `Add all ${LOGS} that match…` }).click();
  await expect(page.getByRole('dialog', { name: 'Add to set' })).toContainText(`All ${LOGS} that match`);
});
