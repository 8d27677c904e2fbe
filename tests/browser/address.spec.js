// What the address keeps: copied and opened elsewhere it shows the same, and Back and Forward step through it.

import { enter, expect, finishRun, importLogs, look, makeSet, region, testIn } from './support.js';

const CRITERIA = [
  { name: 'Helpful', question: 'Does the response answer what was asked?' },
  { name: 'Short', question: 'Is it as short as it can be?' },
];

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

/** Of the two criteria the new responses do well on the first alone. */
const grade = (call) => (call.judge ? { level: /short/i.test(call.criterion) ? 1 : 5 } : undefined);

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  made.set = await makeSet(world, 'Support answers', { feature: 'support' }, CRITERIA);
  world.provider.script(grade);
  const scripted = (model) => ({ target: { provider: 'scripted', model }, judge: { provider: 'scripted', model: 'judge' } });
  made.base = (await finishRun(world, made.set, { name: 'First', ...scripted('scripted') })).id;
  made.run = (await finishRun(world, made.set, { name: 'Second', ...scripted('scripted-2') })).id;
});

test.beforeEach(async ({ page, world }) => {
  watch(page);
  await enter(page, world);
});

/** What each page has asked for and not been answered yet. */
const asked = new WeakMap();

function watch(page) {
  const open = new Set();
  asked.set(page, open);
  page.on('request', (request) => request.url().includes('/api/') && open.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request));
}

/** Whatever was done last is drawn, and has asked for what it needs. */
const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** What a page says: its texts, without the times that go by. What was there before stays until a reply comes. */
async function said(page) {
  await page.waitForLoadState('networkidle');
  const open = asked.get(page);
  await expect
    .poll(async () => {
      await drawn(page);
      return open.size;
    })
    .toBe(0);
  await drawn(page);
  await expect(page.getByText('Loading…')).toHaveCount(0);
  await expect(page.getByText('…', { exact: true }), 'the texts of the rows on the screen are read').toHaveCount(0);
  return page.getByRole('main').evaluate((main) => [
    main.innerText.replace(/\b\d+ (?:s|min|seconds?|minutes?) ago|just now|now/g, ''),
    [...main.querySelectorAll('input, select')].map((field) => field.value).join(' | '),
  ]);
}

/** Opens an address in another browser, and compares what both show. */
async function sameElsewhere(page, visitor, world) {
  const other = await visitor();
  watch(other);
  await enter(other, world);
  await other.goto(page.url());
  await expect.poll(() => said(other)).toEqual(await said(page));
}

/** Goes back through some steps and forward again: each shows what it showed. */
async function backAndForth(page, steps) {
  const seen = [[page.url(), await said(page)]];
  for (const step of steps) {
    const before = page.url();
    await step();
    await expect.poll(() => page.url()).not.toBe(before);
    seen.push([page.url(), await said(page)]);
  }
  for (const [url, words] of seen.slice(0, -1).reverse()) {
    await page.goBack();
    expect(page.url()).toBe(url);
    await expect.poll(() => said(page)).toEqual(words);
  }
  for (const [url, words] of seen.slice(1)) {
    await page.goForward();
    expect(page.url()).toBe(url);
    await expect.poll(() => said(page)).toEqual(words);
  }
}

test('a run: threshold, weights, what is listed and by which slice', async ({ page, visitor, world }) => {
  await page.goto(`/runs/${made.run}`);
  const items = region(page, 'Items, the worst first');
  const weight = page.getByRole('textbox', { name: 'Weight of Short' });
  await expect(region(page, 'Verdict')).toContainText(/\b0\.0%/);
  await backAndForth(page, [
    () => items.getByRole('button', { name: /^All/ }).click(),
    () => page.getByRole('slider', { name: /^Threshold/ }).fill('0.7'),
    async () => {
      await weight.fill('0');
      await weight.press('Tab');
    },
    () => region(page, 'Where it fails').getByRole('button', { name: 'By average score' }).click(),
  ]);
  await expect(region(page, 'Verdict')).toContainText('100.0%');
  await sameElsewhere(page, visitor, world);
});

test('a criterion that counts otherwise weighs every item anew, and asks for nothing', async ({ page }) => {
  await page.goto(`/runs/${made.run}?show=all`);
  const items = region(page, 'Items, the worst first');
  await expect(items.getByText('0.60').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  const calls = [];
  page.on('request', (request) => request.url().includes('/api/') && calls.push(request.url()));
  const weight = page.getByRole('textbox', { name: 'Weight of Helpful' });
  await weight.fill('3');
  await weight.press('Tab');
  await expect(page).toHaveURL(/weights=3%2C1/);
  await expect(items.getByText('0.80').first()).toBeVisible();
  await expect(page.getByText(/^The criteria are weighed as set here/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Weight of Short' }), 'whoever works by key goes on').toBeFocused();
  await weight.fill('-1');
  await expect(page.getByText(/^A weight is a number up to 1000/)).toBeVisible();
  await weight.press('Tab');
  await expect(weight).toHaveValue('3');
  await page.getByRole('button', { name: 'Weights as judged' }).click();
  await expect(page).not.toHaveURL(/weights/);
  await expect(items.getByText('0.60').first()).toBeVisible();
  expect(calls).toEqual([]);
});

test('a comparison: threshold, margin, what is listed and in which order', async ({ page, visitor, world }) => {
  await page.goto(`/compare?base=${made.base}&candidate=${made.run}`);
  const comparison = region(page, 'Comparison');
  const margin = page.getByRole('spinbutton', { name: /^Margin/ });
  await expect(comparison).toContainText('both fail');
  await backAndForth(page, [
    () => comparison.getByRole('button', { name: /both fail$/ }).click(),
    () => comparison.getByRole('combobox', { name: 'First' }).selectOption('gain'),
    () => page.getByRole('slider', { name: /^Threshold/ }).fill('0.5'),
    async () => {
      await margin.fill('12');
      await margin.press('Tab');
    },
  ]);
  await sameElsewhere(page, visitor, world);
});

test('logs: a search, a feature and columns', async ({ page, visitor, world }) => {
  await page.goto('/logs');
  await expect(page.getByRole('table').getByRole('link').first()).toBeVisible();
  const search = page.getByRole('searchbox').or(page.getByRole('textbox', { name: /search/i })).first();
  /** What was there before stays until all of the replies are. */
  const loaded = (wanted) =>
    Promise.all(['', '/count', '/facets'].map((path) => page.waitForResponse((reply) => reply.url().includes(`/api/logs${path}?`) && reply.url().includes(wanted))));
  await backAndForth(page, [
    async () => {
      await search.fill('order');
      await Promise.all([loaded('q=order'), search.press('Enter')]);
    },
    () => Promise.all([loaded('feature=support'), page.getByRole('complementary').getByRole('button', { name: /support/ }).first().click()]),
  ]);
  await sameElsewhere(page, visitor, world);
});

test('runs: the column that they are sorted by', async ({ page, visitor, world }) => {
  await page.goto('/runs');
  const heads = page.getByRole('columnheader');
  const column = (name) => heads.filter({ hasText: name });
  const names = () => page.getByRole('table').locator('a.open').allTextContents();
  await expect(column('Started')).toHaveAttribute('aria-sort', 'descending');
  expect(await names()).toEqual(['Second', 'First']);
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  await backAndForth(page, [() => press('Run'), () => press('Run'), () => press('Pass rate')]);
  await expect(page).toHaveURL('/runs?sort=worst');
  await expect(column('Pass rate')).toHaveAttribute('aria-sort', 'ascending');
  await page.goto('/runs?sort=name');
  await expect(column('Run')).toHaveAttribute('aria-sort', 'ascending');
  expect(await names()).toEqual(['First', 'Second']);
  await sameElsewhere(page, visitor, world);
  await look(page, 'runs-sorted');
});

test('results: what stands first', async ({ page, visitor, world }) => {
  await page.goto(`/runs/${made.run}?show=all`);
  const first = page.getByRole('combobox', { name: 'First' });
  const title = (words) => expect(page.getByRole('heading', { name: `Items, the ${words} first` })).toBeVisible();
  await title('worst');
  await backAndForth(page, [() => first.selectOption('best'), () => first.selectOption('slowest'), () => first.selectOption('biggest drop')]);
  await expect(page).toHaveURL(/sort=drop/);
  await title('biggest drop');
  await sameElsewhere(page, visitor, world);
  await first.selectOption('worst');
  await expect(page).not.toHaveURL(/sort/);

  // What is listed is in the order that is said, as the service tells the numbers.
  await first.selectOption('slowest');
  await title('slowest');
  const { items, latency_ms: took } = await world.ask('GET', `/api/runs/${made.run}/scores`);
  const listed = await page.locator('[id^=item-][data-row]').evaluateAll((rows) => rows.map((row) => row.id.replace('item-', '')));
  const times = listed.map((id) => took[items.indexOf(id)]);
  expect(listed.length).toBe(items.length);
  expect(times).toEqual(times.toSorted((one, other) => other - one));
});

test('items of a set: the column that they are sorted by', async ({ page, visitor, world }) => {
  const [item] = (await world.ask('GET', `/api/sets/${made.set}/items?limit=200`)).data.slice(-1);
  await world.ask('PATCH', `/api/sets/${made.set}/items/${item.id}`, { verified: true });
  await page.goto(`/sets/${made.set}`);
  const column = (name) => page.getByRole('columnheader', { name });
  const press = (name) => column(name).getByRole('button').click();
  await expect(column('Since version')).toHaveAttribute('aria-sort', 'descending');
  await backAndForth(page, [() => press('Feature'), () => press('Verified'), () => press('Verified')]);
  await expect(page).toHaveURL(/sort=verified/);
  await expect(column('Verified')).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('row').nth(1)).toContainText('✓ yes');
  await sameElsewhere(page, visitor, world);
  // The items next to an open one are those next to it in the list.
  const second = page.getByRole('row').nth(2).getByRole('link');
  const words = (await second.textContent()).trim();
  await page.getByRole('row').nth(1).getByRole('link').click();
  const next = new URL(await second.evaluate((link) => link.href)).searchParams.get('open');
  await page.keyboard.press('j');
  await expect(page, words).toHaveURL(new RegExp(`open=${next}`));
  await world.ask('PATCH', `/api/sets/${made.set}/items/${item.id}`, { verified: false });
});

test('a set: its parts', async ({ page, visitor, world }) => {
  await page.goto(`/sets/${made.set}`);
  const part = (name) => page.getByRole('navigation', { name: 'Parts of the set' }).getByRole('link', { name }).click();
  await backAndForth(page, [() => part('Criteria'), () => part('Runs'), () => part('Versions')]);
  await sameElsewhere(page, visitor, world);
});

test('settings, a new run and a judge: each is at its own address', async ({ page, visitor, world }) => {
  const { judge_version: version } = await world.ask('GET', `/api/runs/${made.run}`);
  const main = (name) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  const shows = (name) => expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await page.goto('/settings');
  await backAndForth(page, [
    () => main('Sets'),
    () => page.getByRole('link', { name: 'Support answers' }).click(),
    () => page.getByRole('main').getByRole('link', { name: 'New run' }).click(),
    () => main('Settings'),
  ]);
  await sameElsewhere(page, visitor, world);

  await page.goto(`/runs/new?set=${made.set}`);
  await shows('New run');
  await expect(page.getByText(/this run can tell|Too few items/).first()).toBeVisible();
  await sameElsewhere(page, visitor, world);

  await page.goto(`/judges/${version}?run=${made.run}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await backAndForth(page, [
    () => page.getByRole('main').getByRole('link', { name: 'Run', exact: true }).click(),
    () => main('Runs'),
  ]);
  await page.goto(`/judges/${version}?run=${made.run}`);
  await sameElsewhere(page, visitor, world);
});
