// A set of hundreds of items: few rows are in the page, the last is reached, and a sorted list is sorted whole.

import { enter, expect, importLogs, log, look, makeSet, testIn } from './support.js';

const ITEMS = 450;
const FEATURES = ['search', 'code', 'support'];

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

let set;

test.beforeAll(async ({ world }) => {
  await importLogs(world, Array.from({ length: ITEMS }, (_, n) => log(`Question ${n}?`, `Answer ${n}.`, { feature: FEATURES[n % 3], at: 1_788_000_000 + n })));
  set = await makeSet(world, 'Everything', {});
});

test.beforeEach(async ({ page, world }) => {
  await enter(page, world);
  await page.goto(`/sets/${set}`);
});

const table = (page) => page.getByRole('table', { name: 'Items' });
const drawn = (page) => table(page).locator('[data-row]');
const row = (page, place) => table(page).locator(`[aria-rowindex="${place + 2}"]`);

test('the last item is reached, few rows are drawn, and every item stands once', async ({ page }) => {
  const seen = new Set();
  let most = 0;
  await expect(row(page, 0)).toBeVisible();
  await page.mouse.move(600, 500);
  await expect
    .poll(
      async () => {
        const texts = await drawn(page).allInnerTexts();
        most = Math.max(most, texts.length);
        for (const text of texts) seen.add(/Question \d+\?/.exec(text)[0]);
        await page.mouse.wheel(0, 700);
        return seen.size;
      },
      { intervals: [60], timeout: 25_000 },
    )
    .toBe(ITEMS);
  expect(most).toBeLessThanOrEqual(200);
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(ITEMS + 1));
  await expect(page.getByRole('button', { name: 'Load more' })).toHaveCount(0);
});

test('a list that is sorted is loaded to its end, and then says nothing of a part', async ({ page }) => {
  const head = table(page).getByRole('columnheader', { name: 'Feature' });
  await head.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(ITEMS + 1));
  await expect(page.getByText(/^Sorted among/)).toHaveCount(0);
  await expect(row(page, 0)).toContainText('code');
  await page.keyboard.press('Enter');
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  await expect(row(page, 0)).toContainText('support');
  await row(page, 0).getByRole('link').focus();
  await page.keyboard.press('End');
  await expect(row(page, ITEMS - 1)).toContainText('code');
  // It has the focus once it is reached.
  await expect(row(page, ITEMS - 1).getByRole('link')).toBeFocused();
  await page.evaluate(() => scrollTo(0, 0));
  await expect(row(page, 0)).toBeInViewport();
  await expect(row(page, 0)).toContainText('support');
  await look(page, 'set-items');
});

test('the open item is stepped through, and Back leads to where one was', async ({ page }) => {
  await expect(row(page, 0)).toBeVisible();
  await row(page, 0).getByRole('link').click();
  const open = page.getByRole('dialog', { name: 'Item' });
  await expect(open).toContainText('Question');
  for (let step = 0; step < 30; step += 1) await page.keyboard.press('j');
  await expect(row(page, 30)).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(open).toHaveCount(0);
  await expect(row(page, 30).getByRole('link')).toBeFocused();
  const id = await row(page, 30).getAttribute('id');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Runs' }).click();
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.locator(`#${id}`)).toBeInViewport();
});
