// The main job, as somebody does it who has just started Assay: from the sign-in link to what is wrong with the run.

import { expect, listedScores, panel, region, signInLink, testIn } from './support.js';

/** The most clicks from the sign-in link to a scored run. */
const MOST_CLICKS = 8;

const QUESTION = 'Does the summary say what the article says, in two or three sentences?';

const test = testIn();

test.beforeAll(async ({ world }) => {
  // What there is after a first start: the simulated provider alone.
  for (const provider of (await world.ask('GET', '/api/providers')).data) {
    if (!provider.simulated) await world.ask('DELETE', `/api/providers/${provider.id}`);
  }
});

test('from the sign-in link to the worst item of a finished run', async ({ page, world, visitor, allow }) => {
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  const type = async (locator, text) => {
    await click(locator);
    await locator.fill(text);
  };

  await test.step('sign in by the link', async () => {
    await page.goto(signInLink(world));
    await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
    expect(page.url(), 'the token does not stay in the address').toBe(`${world.url}/`);
  });

  await test.step('load the sample logs', async () => {
    await click(page.getByRole('button', { name: 'Load sample logs' }));
    await expect(page.getByText('64 logs are here.')).toBeVisible();
  });

  await test.step('filter one feature', async () => {
    await click(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs' }));
    await expect(page.getByText('64 logs match')).toBeVisible();
    await click(page.getByRole('list', { name: 'Feature' }).getByRole('button', { name: /^summarising/ }));
    await expect(page.getByText('16 logs match')).toBeVisible();
    await expect(page).toHaveURL(/feature=summarising/);
  });

  await test.step('add all that match to a new set, with a criterion', async () => {
    await click(page.getByRole('button', { name: 'Add to set…' }));
    const dialog = panel(page, 'Add to set');
    await expect(dialog.getByRole('radio', { name: 'All 16 that match' })).toBeChecked();
    await expect(dialog.getByRole('textbox', { name: 'Name of the new set' })).toHaveValue('summarising');
    await type(dialog.getByRole('textbox', { name: /What is a good response/ }), QUESTION);
    await click(dialog.getByRole('button', { name: 'Add', exact: true }));
    await expect(dialog.getByText('15 items added to “summarising”, version 2. 1 log left out: it has no response.')).toBeVisible();
    await click(dialog.getByRole('link', { name: 'Set up a run' }));
  });

  await test.step('start a run with the demo target and the demo judge', async () => {
    const [target, judge] = ['Target', 'Judge'].map((name) => page.getByRole('group', { name: new RegExp(`^${name}`) }));
    await expect(page.getByRole('combobox', { name: 'Eval set' })).toContainText('summarising (15 items');
    await expect(target.getByRole('combobox', { name: 'Provider' })).toHaveValue('demo');
    await expect(target.getByRole('combobox', { name: 'Model' })).toHaveValue('echo');
    await expect(judge.getByRole('combobox', { name: 'Provider' })).toHaveValue('demo');
    await expect(judge.getByRole('combobox', { name: 'Model' })).toHaveValue('judge');
    await click(page.getByRole('button', { name: 'Start the run' }));
  });

  await test.step('watch it until it is finished', async () => {
    await expect(page.getByRole('progressbar', { name: 'Items done' })).toBeVisible();
    await expect(region(page, 'Verdict')).toContainText('original responses');
    await expect(page.getByRole('progressbar')).toHaveCount(0);
    console.log(`    clicks from sign-in to a scored run: ${clicks}`);
    expect(clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });

  const tile = (name) => region(page, 'Numbers').locator('.tile').filter({ has: page.getByRole('heading', { name, exact: true }) });

  await test.step('read what came of it', async () => {
    await expect(page.getByText('simulated').first()).toBeVisible();
    await expect(region(page, 'Verdict')).toContainText(/\d+\.\d% pass against \d+\.\d%, a difference of .+ points \(95% interval .+\) over 15 items\./);
    await expect(tile('Pass rate')).toContainText(/\d+\.\d%.*\d+\.\d–\d+\.\d%, n 15/);
    await expect(tile('Average score')).toContainText(/0\.\d\d.*0\.\d\d–[01]\.\d\d, n 15/);
    await expect(tile('Original average')).toContainText(/[01]\.\d\d.*\d\.\d\d–\d\.\d\d, n 15/);
    await expect(tile('Difference')).toContainText(/\d+\.\d.* to .* points, n 15/);
    await expect(tile('Unscored')).toContainText('of 15 items');
    const distribution = region(page, 'Score distribution');
    await distribution.getByText('As a table').click();
    const rows = distribution.getByRole('table').getByRole('row');
    await expect(rows).toHaveCount(1 + 10);
    const [news, originals] = await Promise.all(['td:nth-of-type(1)', 'td:nth-of-type(2)'].map(async (cell) => (await rows.locator(cell).allTextContents()).map(Number)));
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    expect([sum(news), sum(originals)], 'every item is in one bin, on both sides').toEqual([15, 15]);
  });

  await test.step('make the window narrow and wide again', async () => {
    const chart = page.getByRole('group', { name: /^Score distribution; / });
    const room = () => chart.evaluate((chart) => chart.parentElement.clientWidth);
    const drawn = async () => [(await chart.boundingBox()).width, Number((await chart.getAttribute('viewBox')).split(' ')[2])];
    const wide = await room();
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expect.poll(async () => new Set([...(await drawn()), Math.min(await room(), 760)]).size, 'the chart is as wide as there is room, at its own scale').toBe(1);
    }
    expect(await room()).toBe(wide);
  });

  const items = region(page, 'Items, the worst first').getByRole('listitem');
  const item = panel(page, 'Item');

  await test.step('read the low-scoring items, the worst first', async () => {
    await expect(page.getByRole('button', { name: /^Low-scoring/ })).toHaveAttribute('aria-pressed', 'true');
    await expect(items.first()).toContainText(/✗ fail/);
    await expect(items.first()).toContainText(/Does what was asked, level \d: Simulated: /);
    const scores = await listedScores(page);
    expect(scores.length).toBeGreaterThan(2);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  });

  await test.step('open the worst item, go on and back, close it', async () => {
    const worst = await items.first().getByRole('link').textContent();
    await items.first().getByRole('link').click();
    await expect(item.getByRole('heading', { name: 'Request', exact: true })).toBeVisible();
    await expect(item).toContainText(worst.slice(0, 60));
    await expect(item.getByRole('heading', { name: 'Original response' })).toBeVisible();
    await expect(item.getByRole('heading', { name: 'New response' })).toBeVisible();
    await expect(item.getByRole('heading', { name: /Does what was asked: level \d of 5/ })).toBeVisible();
    await expect(item.getByText(/^Simulated: the response /).first()).toBeVisible();
    const opened = page.url();
    await page.keyboard.press('j');
    await expect(page).not.toHaveURL(opened);
    await expect(item).toContainText((await items.nth(1).getByRole('link').textContent()).slice(0, 60));
    await page.keyboard.press('k');
    await expect(page).toHaveURL(opened);
    await expect(item).toContainText(worst.slice(0, 60));
    await page.keyboard.press('Escape');
    await expect(item).toHaveCount(0);
    await expect(page).not.toHaveURL(/open=/);
    await expect(items.first().getByRole('link'), 'the reader is where they were').toBeFocused();
  });

  await test.step('move the threshold, and put it back', async () => {
    const slider = page.getByRole('slider', { name: /^Threshold/ });
    const judged = await tile('Pass rate').textContent();
    const box = await slider.boundingBox();
    await slider.click({ position: { x: box.width * 0.1, y: box.height / 2 } });
    await expect(tile('Pass rate')).not.toHaveText(judged);
    await expect(page).toHaveURL(/threshold=0\.\d+/);
    await page.getByRole('button', { name: /^As judged: 0\.80/ }).click();
    await expect(tile('Pass rate')).toHaveText(judged);
    await expect(page).not.toHaveURL(/threshold=/);
    await expect(page.getByRole('button', { name: /^As judged/ })).toBeHidden();
  });

  await test.step('send the address to somebody else', async () => {
    await page.getByRole('slider', { name: /^Threshold/ }).fill('0.4');
    await page.getByRole('button', { name: /^All/ }).click();
    await expect(items).toHaveCount(15);
    await items.nth(2).getByRole('link').click();
    await expect(item.getByRole('heading', { name: 'Responses' })).toBeVisible();
    const other = await visitor();
    allow(/status of 401/); // They are not signed in yet.
    await other.goto(page.url());
    await other.getByLabel('Token').fill(world.token);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await expect(panel(other, 'Item').getByRole('heading', { name: 'Responses' })).toBeVisible();
    expect(other.url()).toBe(page.url());
    await expect.poll(() => panel(other, 'Item').textContent()).toEqual(await panel(page, 'Item').textContent());
    // What is under the panel says what it says once it can be seen.
    for (const one of [page, other]) {
      await one.keyboard.press('Escape');
      await expect(panel(one, 'Item')).toHaveCount(0);
    }
    await expect.poll(() => seen(other)).toEqual(await seen(page));
  });
});

/** What a run's page shows that depends on its address. */
async function seen(page) {
  const [verdict, numbers, items] = ['Verdict', 'Numbers', 'Items, the worst first'].map((name) => page.getByRole('region', { name, exact: true, includeHidden: true }));
  return {
    verdict: await verdict.textContent(),
    numbers: await numbers.textContent(),
    threshold: await page.getByLabel(/^Threshold/).inputValue(),
    chosen: await page.getByRole('button', { pressed: true, includeHidden: true }).allTextContents(),
    items: await items.locator('li').allTextContents(),
  };
}
