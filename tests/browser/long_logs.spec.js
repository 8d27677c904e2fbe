// A hundred thousand logs in the table: one more page of them costs what it does where there are few.
//
// The pages are made here, so that no database is filled with them.

import { enter, expect, testIn } from './support.js';

const PAGE = 200;
const MANY = 100_000;
/** How often a page is added at each size: the middle one counts. */
const TIMES = 9;

const test = testIn();

/** A page of logs, `from` so many below the newest. */
const logs = (from, size) =>
  Array.from({ length: size }, (_, n) => ({
    id: `log-${String(MANY * 2 - from - n).padStart(9, '0')}`,
    created_at: new Date(1_790_000_000_000 - (from + n) * 1000).toISOString(),
    feature: 'support',
    provider: 'demo',
    model: 'old',
    status: 200,
    outcome: 'success',
    streamed: false,
    complete: true,
    latency_ms: 100,
    ttft_ms: null,
    usage: { input_tokens: 10, output_tokens: 20, cached_tokens: null },
    cost_usd: 0.001,
    user: null,
    session: null,
    tags: {},
    request_preview: `Question ${from + n}?`,
    response_preview: `Answer ${from + n}.`,
  }));

test('one more page costs no more below a hundred thousand logs than below few', async ({ page, world }) => {
  test.setTimeout(120_000);
  await enter(page, world);
  let [listed, size] = [0, PAGE];
  await page.route(/\/api\/logs\?/, (route) => {
    const data = logs(listed, size);
    listed += size;
    return route.fulfill({ json: { data, next_cursor: size > 0 ? String(listed) : null } });
  });
  await page.route(/\/api\/logs\/count/, (route) => route.fulfill({ json: { count: MANY * 2, lost: { logs: 0, words: 0, last_at: null } } }));
  await page.goto('/logs');
  await expect(page.getByText('Question 0?')).toBeVisible();

  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const script = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration').value * 1000;
  };
  const gap = () => page.locator('tbody tr.gap').last().evaluate((gap) => parseFloat(gap.style.height));
  const more = page.getByRole('button', { name: 'Load more' });
  /** Adds a page, and gives how long the app computed, in milliseconds. */
  const add = async () => {
    const [height, before] = [await gap(), await script()];
    await more.dispatchEvent('click');
    await expect.poll(gap, { intervals: [20], timeout: 30_000 }).toBeGreaterThan(height);
    await expect(more).toBeVisible();
    return (await script()) - before;
  };
  const usual = async () => {
    const taken = [];
    for (let time = 0; time < TIMES; time += 1) taken.push(await add());
    return taken.sort((one, other) => one - other)[Math.floor(TIMES / 2)];
  };

  const few = await usual();
  size = 14_000;
  while (listed < MANY) await add();
  size = PAGE;
  const many = await usual();
  test.info().annotations.push({ type: 'milliseconds a page', description: `${few.toFixed(1)} below few, ${many.toFixed(1)} below ${listed}` });
  expect(many, `${few} ms below few`).toBeLessThan(2 * few + 2);

  // And all of them are there; no more follow.
  size = 0;
  await page.locator('[data-row]').first().focus();
  await page.keyboard.press('End');
  await expect(page.getByText(`Question ${listed - 1}?`)).toBeVisible();
  expect(await page.locator('[data-row]').count()).toBeLessThanOrEqual(200);
});
