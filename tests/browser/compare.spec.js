// Two runs beside each other, and whether the new one may ship: the verdict, the margin, the gate, where it fails.

import { readFile } from 'node:fs/promises';
import { asked, enter, expect, finishRun, importLogs, log, look, makeSet, region, testIn } from './support.js';

const ITEMS = 50;
const question = (n) => (n < 10 ? `Export report ${n + 100}` : `Find invoice ${n + 100}`);
/** Of the ten exports the new model fails six, of the forty others five. */
const fails = (n) => n < 6 || (n >= 10 && n < 15);

const test = testIn({ provider: { answer: ({ model, last_user }) => `${model === 'scripted-2' ? 'New' : 'Old'} answer to: ${last_user}` } });

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

/** Grades answers to the very question; what has been tampered with is left to the judge's own sense. */
function grade(call) {
  const candidate = call.judge && typeof call.data?.candidate === 'string' ? call.data.candidate : '';
  const [, side, asked] = /^(Old|New) answer to: ((?:Export report|Find invoice) \d+)$/.exec(candidate) ?? [];
  if (!asked) return undefined;
  if (!JSON.stringify(call.data.request ?? '').includes(asked)) return { level: 0 };
  const n = Number(/\d+/.exec(asked)[0]) - 100;
  return { level: side === 'New' && fails(n) ? 1 : 5 };
}

test.beforeAll(async ({ world }) => {
  world.provider.script(grade);
  const records = Array.from({ length: ITEMS }, (_, n) =>
    log(question(n), `Old answer to: ${question(n)}`, { feature: n < 10 ? 'export' : 'search', at: 1_788_000_000 + n }),
  );
  await importLogs(world, records);
  made.set = await makeSet(world, 'Answers', {});
  const judge = { provider: 'scripted', model: 'judge' };
  const run = (name, model, more) => finishRun(world, made.set, { name, target: { provider: 'scripted', model }, judge, ...more });
  made.old = (await run('Old model', 'scripted')).id;
  made.new = (await run('New model', 'scripted-2')).id;
  made.other = (await run('Another judge', 'scripted', { judge: { ...judge, repeats: 3 }, sample: { n: 3, seed: 1 } })).id;
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const comparison = (page) => region(page, 'Comparison');
const ship = (page) => region(page, 'May it ship?');
const margin = (page) => page.getByRole('spinbutton', { name: /^Margin/ });

test('two runs are chosen and compared, and the address says which', async ({ page }) => {
  const calls = asked(page);
  await page.goto(`/compare?set=${made.set}&candidate=${made.new}`);
  await expect(comparison(page)).toContainText('Choose two runs of one set.');
  const base = page.getByRole('combobox', { name: /^Base/ });
  await expect(page.getByRole('combobox', { name: 'New run' }).locator('option:checked')).toContainText('New model');
  await expect(base.locator('option').filter({ hasText: 'New model' }), 'a run is not compared with itself').toHaveCount(0);
  await look(page, 'compare-empty');

  await base.selectOption(made.old);
  await expect(comparison(page)).toContainText('The new run passes 78.0%, the base 100.0%; 11 broke, 0 fixed; the difference is −22.0 points');
  await expect(comparison(page)).toContainText('That is worse by more than the margin of 5 points: do not ship.');
  await expect(page).toHaveURL(new RegExp(`base=${made.old}`));
  await expect(comparison(page).getByRole('row', { name: /Base passes/ })).toContainText(/✓ 39 both pass.*▼ 11 broke.*50/);
  expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(3);
  await look(page, 'compare');

  await margin(page).fill('40');
  await margin(page).press('Tab');
  await expect(comparison(page)).toContainText('That is worse, but by less than the margin of 40 points: it may ship.');
  await expect(page).toHaveURL(/margin=0\.4/);
  await page.goBack();
  await expect(margin(page)).toHaveValue('5');
  await expect(comparison(page)).toContainText('do not ship');

  await page.getByRole('button', { name: /Swap/ }).click();
  await expect(comparison(page)).toContainText('The new run passes 100.0%, the base 78.0%; 0 broke, 11 fixed');
  await expect(comparison(page)).toContainText('That is better: it may ship.');
  await page.goBack();
  await page.goBack();
  await expect(comparison(page)).toContainText('Choose two runs of one set.');
});

test('a moved threshold judges both runs anew, and asks for nothing', async ({ page }) => {
  await page.goto(`/compare?base=${made.old}&candidate=${made.new}&show=broke`);
  const list = (name) => page.getByRole('region', { name });
  const dots = page.locator('.paired .dot');
  const broken = page.locator('.paired .dot.bad');
  await expect(list('11 items that broke: the base passes, the new run fails').getByRole('link').first()).toHaveText(/\d/);
  await expect(page.getByRole('img', { name: 'The scores of 50 items in both runs: 11 broke, 0 fixed.' })).toBeVisible();
  await expect(dots, 'items with the same scores share a dot').toHaveCount(2);
  await expect(broken).toHaveCount(1);
  await expect(broken.locator('title')).toHaveText('11 items: base 1.00, new run 0.20 on average; ▼ broke');
  await page.getByText('As a table').click();
  await expect(page.getByRole('row', { name: /^0\.8–1\.0/ })).toHaveText(/0\.8–1\.0\s*0\s*11\s*0\s*0\s*39/);

  const calls = asked(page);
  const file = async (name) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    return [file.suggestedFilename(), await readFile(await file.path(), 'utf8')];
  };
  const saved = async () => {
    const [, text] = await file('JSONL');
    return text.trim().split('\n').map((line) => JSON.parse(line));
  };
  const lines = await saved();
  expect(lines.length, 'what is listed is what is saved').toBe(11);
  expect(lines[0]).toMatchObject({ base_score: 1, candidate_score: 0.2, difference: -0.8, change: 'broke', threshold: 0.8 });
  const [markdown, report] = await file('Markdown');
  expect(markdown).toMatch(/^compare-.*\.md$/);
  expect(report).toMatch(/^# Eval runs compared\n\nNew run passes 78\.0 %, base 100\.0 %\. 11 broke, 0 fixed\. .* Margin 5: \*\*/);
  expect(report).toContain(`New run ${made.new}, base ${made.old}, threshold 0.8`);
  const [junit, xml] = await file('JUnit');
  expect(junit).toMatch(/^compare-.*\.xml$/);
  expect(xml).toContain(`<testsuites name="${made.new} against ${made.old}" tests="11" failures="11" errors="0" skipped="0"`);
  const slider = page.getByRole('slider', { name: /^Threshold/ });
  await slider.fill('0.2');
  await expect(comparison(page)).toContainText('The new run passes 100.0%, the base 100.0%; 0 broke, 0 fixed');
  await expect(comparison(page)).toContainText('This is at the threshold of 0.20 set here; both runs were made with 0.80.');
  await expect(list('0 items that broke: the base passes, the new run fails')).toContainText('Nothing broke');
  await expect(broken).toHaveCount(0);
  await expect(dots).toHaveCount(2);
  await comparison(page).getByRole('button', { name: '✓ 50 both pass' }).click();
  await expect(list('50 items that pass in both runs').getByRole('listitem').first()).toContainText('✓ both pass');
  expect((await saved()).filter(({ change, threshold }) => change === 'both_pass' && threshold === 0.2).length).toBe(50);
  await page.goBack();
  await expect(page).toHaveURL(/threshold=0\.2/);
  await page.reload();
  await expect(comparison(page)).toContainText('The new run passes 100.0%, the base 100.0%');
  calls.splice(0);
  await page.goBack();
  await expect(comparison(page)).toContainText('11 broke, 0 fixed');
  await expect(slider).toHaveValue('0.8');
  await page.goForward();
  await expect(comparison(page)).toContainText('0 broke, 0 fixed');
  await slider.fill('1');
  await expect(comparison(page), 'at the threshold an item passes').toContainText('The new run passes 78.0%, the base 100.0%; 11 broke');
  await margin(page).fill('40');
  await margin(page).press('Tab');
  await expect(comparison(page)).toContainText('less than the margin of 40 points: it may ship.');
  const other = calls.filter((line) => !line.includes('/results?items='));
  expect(other, 'all of it is worked out here but what newly listed items say').toEqual([]);
});

test('runs that do not compare say why, and what would help', async ({ page }) => {
  await page.goto(`/compare?base=${made.old}&candidate=${made.other}`);
  await expect(comparison(page)).toContainText('These runs do not compare');
  await expect(comparison(page).getByRole('listitem').first()).toContainText(/What would help: Re-judge/);
  await look(page, 'compare-not');
});

test('a finished run says whether it may ship, and where it fails', async ({ page, world }) => {
  await page.goto(`/runs/${made.new}`);
  await expect(ship(page)).toContainText('✗ no');
  await expect(ship(page)).toContainText('That is worse by more than the margin of 5 points: do not ship.');
  const gate = async (query) => {
    const reply = await page.request.get(`${world.url}/api/runs/${made.new}/gate${query}`);
    return [reply.status(), (await reply.json()).verdict];
  };
  expect(await gate('?margin=0.05')).toEqual([412, 'fail']);
  const slices = region(page, 'Where it fails');
  await expect(slices).toContainText('The failures lie together');
  await expect(slices.getByRole('listitem')).toHaveText(/feature export.*6 of 10 fail: 60\.0% .* against 12\.5% elsewhere, 2\.7 times as often as overall; 54\.5% of all failures\./);
  await ship(page).getByText('Ask from CI').click();
  await expect(ship(page).getByLabel('Command for CI')).toContainText(`${world.url}/api/runs/${made.new}/gate?margin=0.05`);
  await look(page, 'ship');

  await margin(page).fill('40');
  await margin(page).press('Tab');
  await expect(ship(page)).toContainText('✓ yes');
  await expect(ship(page).getByLabel('Command for CI')).toContainText('gate?margin=0.4');
  expect(await gate('?margin=0.4')).toEqual([200, 'pass']);
  await page.goBack();
  await expect(ship(page)).toContainText('✗ no');

  for (const format of ['Markdown', 'JUnit', 'CSV', 'JSONL']) {
    const [download] = await Promise.all([page.waitForEvent('download'), ship(page).getByRole('link', { name: format, exact: true }).click()]);
    expect(download.suggestedFilename()).toMatch(/\.(md|xml|csv|jsonl)$/);
  }
  await ship(page).getByRole('link', { name: 'Compare with another run' }).click();
  await expect(page).toHaveURL(new RegExp(`/compare\\?set=${made.set}&candidate=${made.new}`));
  await expect(page.getByRole('heading', { name: 'Compare two runs' })).toBeVisible();
});

test('a run in which nothing fails together says so', async ({ page }) => {
  await page.goto(`/runs/${made.old}`);
  await expect(ship(page)).toContainText(/✓ yes|\? cannot tell/);
  await expect(region(page, 'Where it fails')).toContainText('No item fails.');
  await look(page, 'ship-well');
});

test('each count lists its items, the biggest drop first, and each item opens with both responses', async ({ page }) => {
  const calls = asked(page);
  await page.goto(`/compare?base=${made.old}&candidate=${made.new}`);
  const broke = comparison(page).getByRole('button', { name: '▼ 11 broke' });
  await broke.click();
  await expect(broke, 'what is read stays where it is').toBeFocused();
  await expect(page).toHaveURL(/show=broke/);
  const list = region(page, '11 items that broke: the base passes, the new run fails');
  await expect(list.getByRole('listitem')).toHaveCount(11);
  await expect(list.getByRole('listitem').first()).toContainText(/▼ broke\s*0\.20\s*base 1\.00, −0\.80/);
  await expect(list.getByRole('listitem').first().getByRole('link')).toHaveText(/^(Export report|Find invoice) \d+$/);
  await expect(list.getByRole('listitem').first()).toContainText(/New answer to: /);
  await look(page, 'compare-broke');
  // The page asks no more for its list than for anything else.
  calls.splice(0);
  await page.reload();
  await expect(list.getByRole('listitem').first().getByRole('link')).toHaveText(/^(Export report|Find invoice) \d+$/);
  expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(3);

  await list.getByRole('listitem').first().getByRole('link').click();
  await expect(page).toHaveURL(/open=/);
  const item = page.getByRole('dialog', { name: 'Item', exact: true });
  await expect(item).toContainText(/Response of the base\s*Old answer to: /);
  await expect(item).toContainText(/Response of the new run\s*New answer to: /);
  await expect(item.getByRole('heading', { name: 'What the judge says of the base' })).toBeVisible();
  await look(page, 'compare-item');
  const address = page.url();
  await page.keyboard.press('j');
  await expect(page).not.toHaveURL(address);
  await page.keyboard.press('Escape');
  await expect(item).toHaveCount(0);

  // What is listed, how, and what is open can be opened elsewhere.
  await page.goto(`${address}&sort=gain`);
  await expect(item).toContainText('Response of the base');
  await page.keyboard.press('Escape');
  await expect(list.getByRole('combobox')).toHaveValue('gain');
  await comparison(page).getByRole('button', { name: '✓ 39 both pass' }).click();
  await expect(region(page, '39 items that pass in both runs').getByRole('listitem')).toHaveCount(39);
  await page.goBack();
  await expect(list).toBeVisible();
  await broke.click();
  await expect(list, 'pressed again it lists nothing').toHaveCount(0);
  await comparison(page).getByRole('button', { name: '▲ 0 fixed' }).click();
  await expect(page.getByText('Nothing was fixed: no item that the base fails passes in the new run.')).toBeVisible();
});

test('a run that was judged otherwise is judged again in place, and then they compare', async ({ page, allow }) => {
  // While the run goes on, asking how it compares is too early.
  allow(/status of 409/);
  await page.goto(`/compare?base=${made.other}&candidate=${made.new}`);
  await comparison(page).getByRole('button', { name: 'Judge the base again, as the new run was' }).click();
  await expect(page).not.toHaveURL(new RegExp(made.other));
  await expect(comparison(page)).toContainText('The new run passes');
  await expect(comparison(page)).toContainText('3 items');
});

test('runs beyond the first two hundred can be chosen', async ({ page, world }) => {
  const { data } = await world.ask('GET', '/api/runs');
  const older = { ...data[0], id: '01890000-0000-7000-8000-000000000000', name: 'Long ago' };
  await page.route(/\/api\/runs\?/, (route) => {
    const later = new URL(route.request().url()).searchParams.get('cursor') === 'older';
    return route.fulfill({ json: later ? { data: [older], next_cursor: null } : { data, next_cursor: 'older' } });
  });
  await page.goto('/compare');
  const base = page.getByRole('combobox', { name: /^Base/ });
  await expect(base.locator('option').filter({ hasText: 'Old model' })).toHaveCount(1);
  await page.getByRole('button', { name: 'Load older runs' }).click();
  await expect(base.locator('option').filter({ hasText: 'Long ago' })).toHaveCount(1);
});
