// Sets, runs, versions and the audit, hundreds of each: few rows are in the page, the last is reached by scrolling and
// by keys, and every row stands once.

import { asked, enter, expect, importLogs, log, look, makeSet, startRun, testIn } from './support.js';

const MANY = 230;

/** What the list with the most columns is allowed to have in the page. */
const MOST_DRAWN = 200;

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

/** Does something so many times, ten at a time. */
async function many(times, act) {
  for (let from = 0; from < times; from += 10) {
    await Promise.all(Array.from({ length: Math.min(10, times - from) }, (_, n) => act(from + n)));
  }
}

test.beforeAll(async ({ world }) => {
  await importLogs(world, [log('Question?', 'Answer.')]);
  made.set = await makeSet(world, 'Run often', {});
  await many(MANY, (n) => world.ask('POST', '/api/sets', { name: `Set ${n}`, criteria: [{ name: 'Helpful', question: 'Does it help?' }] }));
  await many(MANY, (n) => startRun(world, made.set, { name: `Run ${n}` }));
  for (let n = 0; n < MANY; n += 1) await world.ask('PATCH', `/api/sets/${made.set}`, { criteria: [{ name: 'Helpful', question: `Does it help, in words of ${n} letters?` }] });
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** The lists: where each is, its name, what a row of it leads by, and how many there are. */
const LISTS = {
  runs: { path: () => '/runs', name: 'Runs', word: /Run \d+/, api: () => '/api/runs' },
  'set-runs': { path: () => `/sets/${made.set}?part=runs`, name: 'Runs', word: /Run \d+/, api: () => `/api/runs?set_id=${made.set}` },
  sets: { path: () => '/sets', name: 'Sets', word: /Set \d+|Run often/, api: () => '/api/sets' },
  versions: { path: () => `/sets/${made.set}?part=versions`, name: 'Versions', word: /^\d+/, api: () => `/api/sets/${made.set}/versions` },
};

/** How many rows there are, whatever the page asks for. */
async function total(world, path) {
  let [sum, cursor] = [0, null];
  do {
    const more = await world.ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    [sum, cursor] = [sum + more.data.length, more.next_cursor];
  } while (cursor);
  return sum;
}

const drawn = (page, name) => page.getByRole('table', { name }).locator('[data-row]');
const row = (page, name, place) => page.getByRole('table', { name }).locator(`[aria-rowindex="${place + 2}"]`);

for (const [list, { path, name, word, api }] of Object.entries(LISTS)) {
  test(`${list}: every row is reached, and few are in the page`, async ({ page, world }) => {
    const all = await total(world, api());
    expect(all).toBeGreaterThan(200);
    const seen = new Set();
    await page.goto(path());
    await expect(row(page, name, 0)).toBeVisible();
    await page.mouse.move(600, 500);
    let most = 0;
    await expect
      .poll(
        async () => {
          const texts = await drawn(page, name).allInnerTexts();
          most = Math.max(most, texts.length);
          for (const text of texts) seen.add(word.exec(text)[0]);
          await page.mouse.wheel(0, 600);
          return seen.size;
        },
        { intervals: [60], timeout: 25_000 },
      )
      .toBe(all);
    expect(most).toBeLessThanOrEqual(MOST_DRAWN);
    await expect(page.getByRole('table', { name })).toHaveAttribute('aria-rowcount', String(all + 1));
    await expect(page.getByRole('button', { name: 'Load more' })).toHaveCount(0);
  });

  test(`${list}: keys lead to the last row and back, and a narrow screen has room for it`, async ({ page, world }) => {
    const all = await total(world, api());
    const requests = asked(page);
    await page.goto(path());
    await expect(row(page, name, 0)).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(requests.length, requests.join(', ')).toBeLessThanOrEqual(3);
    await row(page, name, 0).getByRole('link').first().focus();
    await expect(async () => {
      await page.keyboard.press('End');
      await expect(row(page, name, all - 1).getByRole('link').first()).toBeFocused({ timeout: 1000 });
    }).toPass();
    await page.keyboard.press('Home');
    await expect(row(page, name, 0).getByRole('link').first()).toBeFocused();
    await look(page, `long-${list}`);
  });
}

test('the audit is read to its first entry', async ({ page, world }) => {
  const all = await total(world, '/api/audit');
  expect(all).toBeGreaterThan(2 * MANY);
  await page.goto('/settings');
  await page.getByText('Show the audit').click();
  const name = 'Entries of the audit, the newest first';
  await expect(row(page, name, 0)).toBeVisible();
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expect(row(page, name, all - 1)).toBeVisible({ timeout: 500 });
  }).toPass();
  expect(await drawn(page, name).count()).toBeLessThanOrEqual(MOST_DRAWN);
  await look(page, 'long-audit');
});

test('Back leads to the run that was opened', async ({ page }) => {
  await page.goto('/runs');
  const far = row(page, 'Runs', 120);
  await expect(row(page, 'Runs', 0)).toBeVisible();
  await page.mouse.move(600, 500);
  await expect(async () => {
    await page.mouse.wheel(0, 500);
    await expect(far).toBeInViewport({ timeout: 100 });
  }).toPass({ intervals: [50] });
  const id = await far.getAttribute('id');
  await far.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/runs\/./);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Runs');
  await page.goBack();
  await expect(page.locator(`[id="${id}"]`)).toBeInViewport();
});
