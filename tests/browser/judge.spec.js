// The judge measured by people: labels given and withdrawn, its health, judging again; and scorers beside it.

import { eventually } from '../live/world.mjs';
import { enter, expect, finishRun, importLogs, look, makeSet, panel, region, testIn } from './support.js';

const CRITERIA = [
  { name: 'Helpful', question: 'Does the response answer what was asked?' },
  { name: 'Polite', question: 'Is it polite?', kind: 'binary' },
];

const test = testIn();

let set;
let run;

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  set = await makeSet(world, 'Support answers', { feature: 'support' }, CRITERIA);
  run = await finishRun(world, set);
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** Notes the calls that a page makes. */
function calls(page) {
  const made = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) made.push(`${request.method()} ${pathname}`);
  });
  return made;
}

test('labels are given by keyboard in the review queue, and the health follows', async ({ page }) => {
  await page.goto(`/runs/${run.id}`);
  await page.getByRole('link', { name: 'how good is it?' }).click();
  const made = calls(page);
  await page.reload();
  await expect(page.getByText('? unlabelled').first()).toBeVisible();
  const queue = region(page, 'Label these next');
  await expect(queue.getByRole('link').first()).toBeVisible();
  expect(made, 'few requests').toHaveLength(3);

  // What is odd may be drawn by lot too: then its labels count.
  const isByLot = /drawn by lot/i.test(await queue.getByRole('listitem').first().innerText());
  await queue.getByRole('link').first().press('Enter');
  const item = panel(page, 'Item');
  const helpful = item.getByRole('group', { name: 'Label: Helpful' });
  await expect(helpful.getByRole('button')).toHaveCount(6);
  await expect(item.getByRole('group', { name: 'Label: Polite' }).getByRole('button')).toHaveCount(2);

  await item.getByLabel(/^Why\?/).fill('It names no day.');
  const level = helpful.getByRole('button', { name: 'Helpful: level 2' });
  await level.press('Enter');
  await expect(level).toHaveAttribute('aria-pressed', 'true');
  await expect(level, 'the focus stays').toBeFocused();
  await expect(helpful.getByRole('listitem')).toHaveText(/level 2 ?by admin, just now ?It names no day\. ?Withdraw/);
  await helpful.getByRole('button', { name: 'Helpful: level 5' }).press('Enter');
  await expect(helpful.getByRole('listitem'), 'a newer label stands for the one before').toHaveText(/^level 5 ?by admin/);
  await expect(page.getByText('1 question about an odd item is left out: there the judge is wrong more often than it usually is.')).toHaveCount(isByLot ? 0 : 1);

  await helpful.getByRole('button', { name: /^Withdraw level 5/ }).press('Enter');
  await expect(helpful.getByRole('listitem')).toHaveCount(0);
  await expect(helpful.getByRole('button', { pressed: true })).toHaveCount(0);
  await item.getByRole('button', { name: 'The response as a whole: ✓ pass' }).click();
  await expect(item.getByRole('button', { name: 'The response as a whole: ✓ pass' })).toHaveAttribute('aria-pressed', 'true');
  const before = page.url();
  await page.keyboard.press('j');
  await expect(page).not.toHaveURL(before);
});

test('a label that could not be saved says so', async ({ page, allow }) => {
  allow(/Failed to load resource/);
  await page.goto(`/runs/${run.id}?show=all`);
  await region(page, 'Items, the worst first').getByRole('link').first().click();
  const polite = panel(page, 'Item').getByRole('group', { name: 'Label: Polite' });
  await page.route('**/api/labels', (route) => route.abort());
  await polite.getByRole('button', { name: 'Polite: ✗ fail' }).click();
  await expect(polite.getByRole('alert')).toContainText('Assay did not answer.');
  await expect(polite.getByRole('button', { pressed: true })).toHaveCount(0);
  await page.unroute('**/api/labels');
  await polite.getByRole('button', { name: 'Polite: ✗ fail' }).click();
  await expect(polite.getByRole('listitem')).toContainText('✗ fail');
  await expect(polite.getByRole('alert')).toHaveCount(0);
});

test('what is wrong with a scorer stands at its field, and what it says in the run', async ({ page, world, allow }) => {
  allow(/Failed to load resource/);
  const own = await makeSet(world, 'Checked answers', { feature: 'support' }, CRITERIA);
  await page.goto(`/sets/${own}?part=scorers`);
  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const scorer = page.getByRole('group', { name: 'Scorer 1' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(scorer.getByLabel('Text', { exact: true })).toHaveAccessibleDescription('A scorer of type contains needs "value".');

  // Only the service can tell that a pattern does not work.
  await scorer.getByLabel('The response').selectOption('regex');
  const pattern = scorer.getByRole('textbox', { name: 'Regular expression' });
  await pattern.fill('(order');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(pattern).toHaveAttribute('aria-invalid', 'true');
  await expect(pattern).toHaveAccessibleDescription(/The pattern does not work/);

  await pattern.fill('no such words as these');
  await scorer.getByLabel('Name (optional)').fill('Odd words');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(/^Saved as version \d\./)).toBeVisible();
  await page.reload();
  await expect(page.getByRole('group', { name: 'Odd words' }).getByRole('textbox', { name: 'Regular expression' })).toHaveValue('no such words as these');
});

test('what the scorers say stands in the list and in the item', async ({ page }) => {
  const scorers = [
    { name: 'Odd words', type: 'regex', status: 'ok', score: 0, passed: false, reason: 'the pattern is not there' },
    { name: 'Alike', type: 'rouge-l', status: 'ok', score: 0.8125, passed: true, reason: 'against the original' },
    { name: 'Cost', type: 'cost', status: 'skipped', score: null, passed: null, reason: 'the price is not known' },
  ];
  await page.route(/\/results/, async (route) => {
    const reply = await (await route.fetch()).json();
    for (const row of reply.data ?? [reply]) row.scorers = scorers;
    if (!reply.data) reply.baseline_scorers = scorers.map((scorer) => (scorer.score === 0 ? { ...scorer, score: 1, passed: true, reason: 'it is there' } : scorer));
    await route.fulfill({ json: reply });
  });
  await page.goto(`/runs/${run.id}?show=all`);
  const first = region(page, 'Items, the worst first').getByRole('listitem').first();
  await expect(first).toContainText('✗ fail Odd words');
  await expect(first, 'what is passed or skipped is not in the way').not.toContainText('Alike');
  await first.getByRole('link').click();
  const said = panel(page, 'Item').locator('section').filter({ has: page.getByRole('heading', { name: 'What the scorers say' }) });
  await expect(said.getByRole('listitem')).toHaveText([/✗ fail ?Odd words.*the pattern is not there.*original: ✓ pass.*it is there/, /✓ pass ?Alike ?0\.81/, /– skipped ?Cost.*the price is not known/]);
});

test('a run is judged again by another judge, without asking the target', async ({ page }) => {
  await page.goto(`/runs/${run.id}`);
  await page.getByRole('button', { name: 'Judge again…' }).click();
  const dialog = panel(page, 'Judge again');
  await dialog.getByLabel('Asks each question').selectOption('3');
  await dialog.getByRole('button', { name: 'Judge again' }).click();
  await expect(page).not.toHaveURL(new RegExp(run.id));
  await expect(page.getByRole('heading', { level: 1 })).toContainText('judged anew');
  await expect(page.getByText('demo/judge, asked 3 times')).toBeVisible();
  await expect(region(page, 'Verdict')).toContainText('original responses');
});

test('judged again, a judge keeps the settings that it had, unless somebody takes them away', async ({ page, world }) => {
  const judge = { provider: 'demo', model: 'judge', params: { temperature: 0.7 }, repeats: 3 };
  const warm = await finishRun(world, set, { judge });
  const again = async (change) => {
    await page.goto(`/runs/${warm.id}`);
    await page.getByRole('button', { name: 'Judge again…' }).click();
    const dialog = panel(page, 'Judge again');
    await change(dialog);
    await dialog.getByRole('button', { name: 'Judge again' }).click();
    await expect(page).not.toHaveURL(new RegExp(warm.id));
    const id = new URL(page.url()).pathname.split('/').pop();
    return (await world.ask('GET', `/api/runs/${id}`)).judge;
  };
  const kept = (dialog) => dialog.getByLabel('With the settings that it had: temperature 0.7');
  expect(
    await again(async (dialog) => {
      await expect(kept(dialog)).toBeChecked();
      await look(page, 'judge-again-settings');
    }),
  ).toEqual(judge);
  expect(await again((dialog) => kept(dialog).uncheck())).toEqual({ provider: 'demo', model: 'judge', repeats: 3 });
});

test('asked anew, a judge shows how steady it is', async ({ page, world }) => {
  await page.goto(`/runs/${run.id}`);
  await page.getByRole('button', { name: 'Judge again…' }).click();
  const dialog = panel(page, 'Judge again');
  await dialog.getByLabel(/^Ask anew what is known already/).check();
  await look(page, 'judge-anew');
  await dialog.getByLabel('Model').fill('');
  await dialog.getByRole('button', { name: 'Judge again' }).click();
  await expect(dialog.getByLabel('Model')).toBeFocused();
  await expect(dialog.getByLabel('Model')).toHaveAccessibleDescription('Name a model.');
  await dialog.getByLabel('Model').fill('judge');
  await dialog.getByRole('button', { name: 'Judge again' }).click();
  await expect(page).not.toHaveURL(new RegExp(run.id));
  const id = new URL(page.url()).pathname.split('/').pop();
  const anew = await eventually(async () => {
    const run = await world.ask('GET', `/api/runs/${id}`);
    return run.status === 'done' && run;
  });
  expect(anew.judge_version, 'the same judge').toBe(run.judge_version);
  await page.goto(`/judges/${run.judge_version}?run=${run.id}`);
  await expect(region(page, 'How steady it is')).toContainText(/Asked anew about \d+ responses/);
});

test('tables are read without scrolling sideways on a narrow screen', async ({ page, world }) => {
  const rows = (await world.ask('GET', `/api/runs/${run.id}/results`)).data;
  await world.ask('PUT', '/api/labels', { run_id: run.id, item_id: rows[0].item_id, criterion: 'Helpful', level: 2 });
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of [`/runs/${run.id}`, `/judges/${run.judge_version}?run=${run.id}`]) {
      await page.goto(path);
      const table = region(page, 'By criterion').getByRole('table');
      await expect(table).toContainText('Polite');
      const hidden = await page.evaluate(() =>
        [...document.querySelectorAll('table')].filter((table) => table.parentElement.scrollWidth > table.parentElement.clientWidth).length,
      );
      expect(hidden, `${path} at ${width}`).toBe(0);
      if (width === 360) await expect(table.getByRole('row').filter({ hasText: 'Polite' }).locator('[data-label]').first(), 'each value says what it is').toBeVisible();
    }
  }
});

test('what is known of a judge is said: noise, drift, its own vendor, and the rate that people would see', async ({ page }) => {
  await page.route('**/api/judges/*/health*', async (route) => {
    const health = await (await route.fetch()).json();
    const lenience = (mean) => ({ n: 40, mean });
    Object.assign(health, {
      noise: { n: 50, repeats: 3, judge_variance: 0.4, item_variance: 1.2, icc: 0.75, icc_of_means: 0.9, best_repeats: 1.2 },
      again: { n: 120, rate: 0.05, interval: [0.02, 0.1], items_for_margin: 310 },
      drift: { n: 60, kappa_before: 0.81, kappa_now: 0.52, drifted: true },
      family: { own: lenience(0.08), others: lenience(-0.02), gap: 0.1, gap_interval: [0.02, 0.18] },
    });
    await route.fulfill({ json: health });
  });
  await page.route('**/corrected', async (route) => {
    const known = await (await route.fetch()).json();
    Object.assign(known, { corrected: { rate: 0.61, interval: [0.5, 0.72], method: 'judge_accuracy' }, why_not: null, people_pass: 30, people_fail: 25 });
    known.sources = [{ run_id: run.id, name: 'Another prompt', labels: 55, same_target: false }];
    await route.fulfill({ json: known });
  });
  await page.goto(`/judges/${run.judge_version}?run=${run.id}`);
  await expect(page.getByText('The judge has drifted: on 60 labelled questions that it was asked anew, its kappa was 0.81 and is 0.52.')).toBeVisible();
  const steady = region(page, 'How steady it is').getByRole('listitem');
  await expect(steady).toHaveText([/it passed what it had failed, or the reverse, of 5\.0% \(2\.0–10\.0%\)/, /two answers to the same question are alike by 0\.75/]);
  await expect(region(page, 'What sways it')).toContainText('a gap of +10.0 points');
  const rates = region(page, 'The pass rate of this run');
  await expect(rates).toContainText('As people would see it');
  await expect(rates).toContainText('61.0%');
  await expect(rates).toContainText('~ careful');
  await expect(region(page, 'Label these next').getByText('Drawn by lot').first()).toBeVisible();
  await look(page, 'judge-known');
});
