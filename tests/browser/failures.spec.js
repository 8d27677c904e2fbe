// Where a run fails and what its failures have in common: slices that filter the list, averages, topics.

import { readFile } from 'node:fs/promises';
import { verdict } from '../live/provider.mjs';
import { enter, expect, finishRun, importLogs, log, look, makeSet, region, testIn } from './support.js';

const EXPORTS = 20;
const ITEMS = 60;
const question = (n) => (n < EXPORTS ? `Export report ${n + 100} as a table` : `Find invoice ${n + 100}`);

/** What the judge has against the new answers, if anything: of the exports it fails twelve, of the others four. */
const against = (n) => {
  if (n < 8) return `The date format is wrong in row ${n}.`;
  if (n < 12) return `Totals of the table are missing.`;
  return n >= 30 && n < 34 ? 'A rude tone towards the customer.' : null;
};

const test = testIn({ provider: { answer: ({ model, last_user }) => `${model === 'scripted-2' ? 'New' : 'Old'} answer to: ${last_user}` } });

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

/** Grades answers to the very question; what has been tampered with is left to the judge's own sense. */
function grade(call) {
  const candidate = call.judge && typeof call.data?.candidate === 'string' ? call.data.candidate : '';
  const [, side, asked] = /^(Old|New) answer to: ((?:Export report|Find invoice) \d+.*)$/.exec(candidate) ?? [];
  if (!asked) return undefined;
  if (!JSON.stringify(call.data.request ?? '').includes(asked)) return { level: 0 };
  const reasoning = side === 'New' && against(Number(/\d+/.exec(asked)[0]) - 100);
  return reasoning ? { content: verdict(1, { reasoning }) } : { level: 5 };
}

test.beforeAll(async ({ world }) => {
  world.provider.script(grade);
  const records = Array.from({ length: ITEMS }, (_, n) =>
    log(question(n), `Old answer to: ${question(n)}`, { feature: n < EXPORTS ? 'export' : 'search', at: 1_788_000_000 + n }),
  );
  await importLogs(world, records);
  made.set = await makeSet(world, 'Answers', {});
  const run = (model) => finishRun(world, made.set, { name: model, target: { provider: 'scripted', model }, judge: { provider: 'scripted', model: 'judge' } });
  made.old = (await run('scripted')).id;
  made.new = (await run('scripted-2')).id;
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const items = (page) => region(page, 'Items, the worst first');
const where = (page) => region(page, 'Where it fails');
const common = (page) => region(page, 'What the failures have in common');

/** What the failures have in common is read once a reader asks for it. */
const group = (page) => common(page).getByRole('button', { name: 'Group the failures' }).click();

test('what kept its verdict is listed by which it is, and by an old address both', async ({ page }) => {
  await page.goto(`/runs/${made.new}?show=same`);
  const chip = (name) => items(page).getByRole('button', { name });
  const number = async (name) => Number(/\d+/.exec(await chip(name).innerText())[0]);
  const [fail, pass] = [await number(/Both fail/), await number(/Both pass/)];
  expect(pass).toBeGreaterThan(0);
  await expect(chip(`= Same ${fail + pass}`)).toHaveAttribute('aria-pressed', 'true');
  await chip(/Both pass/).click();
  await expect(page).toHaveURL(/show=both_pass/);
  await expect(chip(/= Same/)).toHaveCount(0);
  await expect(items(page).getByRole('listitem').first()).toContainText('✓ pass');
});

test('every feature has its pass rate, and leads to its items', async ({ page }) => {
  await page.goto(`/runs/${made.new}`);
  await where(page).getByText('By feature', { exact: true }).click();
  const rows = where(page).getByRole('table').getByRole('row');
  await expect(rows.nth(1)).toHaveText(/^export\s*20\s*40\.0%\s*21\.9–61\.3%$/);
  await expect(rows.nth(2)).toHaveText(/^search\s*40\s*90\.0%/);
  await rows.nth(1).getByRole('link').click();
  await expect(page).toHaveURL(/slice\.feature=export/);
  await expect(items(page).getByRole('listitem')).toHaveCount(12);
});

test('what is listed is saved, at the threshold of the page', async ({ page }) => {
  await page.goto(`/runs/${made.new}?show=all&slice.feature=export&threshold=0.2`);
  await expect(items(page).getByRole('button', { name: 'All 20' })).toBeVisible();
  const saved = async (name) => {
    const [file] = await Promise.all([page.waitForEvent('download'), items(page).getByRole('button', { name }).click()]);
    return (await readFile(await file.path(), 'utf8')).trim().split('\n');
  };
  const lines = (await saved('JSON lines')).map((line) => JSON.parse(line));
  expect(lines).toHaveLength(20);
  expect(lines[0]).toMatchObject({ feature: 'export', verdict: 'pass', score: 0.2, baseline_score: 1, change: 'both_pass', threshold: 0.2 });
  expect(lines.at(-1)).toMatchObject({ score: 1 });
  expect(await saved('CSV')).toHaveLength(1 + 20);
});

test('a slice has the list show its items, until it is taken away', async ({ page }) => {
  await page.goto(`/runs/${made.new}`);
  await expect(where(page)).toContainText('The failures lie together');
  await expect(where(page).getByRole('listitem').first()).toContainText('12 of 20 fail: 60.0%');
  await expect(items(page).getByRole('listitem')).toHaveCount(16);

  await where(page).getByRole('link', { name: 'feature export' }).click();
  await expect(page).toHaveURL(/slice\.feature=export/);
  await expect(items(page).getByRole('listitem')).toHaveCount(12);
  await expect(items(page).getByRole('button', { name: /^Passed/ })).toContainText('8');
  await expect(items(page).getByRole('listitem').first()).toContainText(/Export report/);
  await expect(where(page).getByRole('link', { name: 'feature export' })).toHaveAttribute('aria-current', 'true');

  await items(page).getByRole('button', { name: 'Broke 12' }).click();
  await expect(page).toHaveURL(/slice\.feature=export.*show=broke/);
  await expect(items(page).getByRole('listitem')).toHaveCount(12);
  await look(page, 'slice');

  await items(page).getByRole('button', { name: 'Do not filter by feature export' }).click();
  await expect(page).not.toHaveURL(/slice/);
  await expect(items(page).getByRole('listitem')).toHaveCount(16);
  await page.goBack();
  await expect(items(page).getByRole('listitem')).toHaveCount(12);
});

test('an address may filter by what nobody clicked', async ({ page }) => {
  await page.goto(`/runs/${made.new}?show=all&slice.feature=search&slice.flag.unverified_quote=yes`);
  await expect(items(page)).toContainText('No such item is in this group.');
  await items(page).getByRole('button', { name: 'Do not filter by remark: unverified quote' }).click();
  await expect(items(page).getByRole('listitem')).toHaveCount(40);
});

test('averages have slices of their own', async ({ page }) => {
  await page.goto(`/runs/${made.new}`);
  await where(page).getByRole('button', { name: 'By average score' }).click();
  await expect(page).toHaveURL(/by=average/);
  await expect(where(page).getByRole('listitem').first()).toContainText(/feature export.*20 items average 0\.52 against 0\.92 elsewhere: 1\.\d standard deviations lower\./);
  await look(page, 'slices-by-average');
  await where(page).getByRole('link', { name: 'feature export' }).click();
  await expect(items(page).getByRole('listitem')).toHaveCount(12);
});

test('failures are grouped when somebody asks, and open from there', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => request.url().includes('/texts') && asked.push(request.url()));
  await page.goto(`/runs/${made.new}`);
  await expect(common(page)).toContainText('Groups what the judge says of the failures');
  expect(asked).toEqual([]);

  await group(page);
  await expect(page).toHaveURL(/common=yes/);
  await expect(common(page)).toContainText('The failures are clustered.');
  await expect(common(page)).toContainText(/75\.0% of the failures are in one group: feature export\./);
  await expect(common(page)).toContainText(/of the five requests nearest to a failing one .*% fail too, by chance .*% would \(p = 0\.\d{3}, 999 shuffles\)/);
  const topics = common(page).locator('.topics > li');
  await expect(topics).toHaveCount(3);
  await expect(topics.first()).toContainText(/date.*8 of 16 failures/);
  await expect(topics.first().getByRole('link')).toHaveCount(3);
  expect(asked).toHaveLength(1);
  await look(page, 'in-common');
  await page.goBack();
  await expect(page).not.toHaveURL(/common/);
  await expect(topics).toHaveCount(0);
  await page.goForward();
  await expect(topics).toHaveCount(3);
  await page.getByRole('button', { name: 'Judge again…' }).click({ trial: true });

  const example = topics.nth(1).getByRole('link').first();
  const name = await example.textContent();
  await example.click();
  await expect(page).toHaveURL(/open=/);
  await expect(page.getByRole('dialog')).toContainText(name);
  await expect(page.getByRole('dialog')).toContainText(/Totals of the table are missing|rude tone/);
});

test('a topic is named by hand, and topics of one name are shown as one', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => request.url().includes('/texts') && asked.push(request.url()));
  await page.goto(`/runs/${made.new}?common=yes`);
  const topics = common(page).locator('.topics > li');
  await expect(topics).toHaveCount(3);
  expect(asked, 'they come with the scores').toEqual([expect.stringContaining('scores=true')]);
  const field = common(page).getByRole('textbox', { name: 'Name of the topic' });

  await topics.first().getByRole('button', { name: /^Name the topic .*date/ }).click();
  await expect(field).toBeFocused();
  await page.keyboard.type('Dates');
  await look(page, 'topic-naming');
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
  await expect(topics.first().getByRole('button', { name: /^Name the topic .*date/ })).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('');
  await page.keyboard.type('Dates');
  await page.keyboard.press('Enter');
  await expect(topics.first().getByRole('button', { name: 'Rename the topic Dates' })).toBeFocused();
  await expect(topics.first()).toContainText(/Dates\s*8 of 16 failures/);

  await page.reload();
  await expect(topics.first()).toContainText('Dates');
  await topics.nth(1).getByRole('button', { name: /^Name the topic/ }).click();
  await expect(field).toBeFocused();
  await page.keyboard.type('Dates');
  await page.keyboard.press('Enter');
  await expect(topics).toHaveCount(2);
  await expect(topics.first()).toContainText(/Dates\s*12 of 16 failures/);
  await look(page, 'topics-named');

  await topics.first().getByRole('button', { name: 'Rename the topic Dates' }).click();
  await field.fill('');
  await page.keyboard.press('Enter');
  await expect(topics).toHaveCount(3);
  await expect(topics.first()).toContainText(/date.*8 of 16 failures/);

  await page.keyboard.press('u');
  await expect(page.locator('.toasts')).toContainText('The topic is called “Dates” now, for everybody.');
  await expect(topics).toHaveCount(2);
  await topics.first().getByRole('button', { name: 'Rename the topic Dates' }).click();
  await field.fill('');
  await page.keyboard.press('Enter');
  await expect(topics).toHaveCount(3);
});

test('a name that is not saved stays in its field', async ({ page, allow }) => {
  allow(/ERR_FAILED/); // It is cut off below.
  await page.route('**/topics', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await page.goto(`/runs/${made.new}?common=yes`);
  await common(page).getByRole('button', { name: /^Name the topic/ }).first().click();
  const field = common(page).getByRole('textbox', { name: 'Name of the topic' });
  await field.fill('Dates');
  await field.press('Enter');
  await expect(page.locator('.toasts > li')).toHaveCount(1);
  await expect(field).toHaveValue('Dates');
});

test('a run without failures offers no groups of them', async ({ page }) => {
  await page.goto(`/runs/${made.old}`);
  await expect(where(page)).toContainText('No item fails.');
  await expect(common(page)).toHaveCount(0);
});
