// Steering a run, and being told: how far it is, what has no score and why, which input does not fit.

import { eventually, pause } from '../live/world.mjs';
import { asked as askedFor, enter, expect, finishRun, importLogs, log, look, makeSet, panel, region, startRun, testIn } from './support.js';

const test = testIn({ provider: { latency_ms: 150 } });

const SCRIPTED = { target: { provider: 'scripted', model: 'scripted' }, judge: { provider: 'scripted', model: 'judge' }, baseline: false };

let set;

test.beforeAll(async ({ world }) => {
  const records = Array.from({ length: 30 }, (_, n) => log(`Where is parcel ${n * 7 + 1}?`, `Parcel ${n * 7 + 1} waits at depot ${n}.`, { at: 1_788_000_000 + n }));
  await importLogs(world, records);
  set = await makeSet(world, 'Parcels', { feature: 'support' });
});

test.beforeEach(async ({ page, world }) => {
  world.provider.reset();
  await enter(page, world);
});

const button = (page, name) => page.getByRole('button', { name, exact: true });

test('a run is paused, resumed and cancelled by buttons, and tells how far it is', async ({ page, world }) => {
  const run = await startRun(world, set, { ...SCRIPTED, concurrency: 2 });
  const progress = page.getByRole('progressbar', { name: 'Items done' });
  const done = async () => Number(await progress.getAttribute('value'));
  await page.goto(`/runs/${run.id}`);

  await expect(page.getByText('running', { exact: true })).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: /^[1-9]0% done$/ })).toHaveCount(1);
  await expect.poll(done).toBeGreaterThan(2);
  await expect(region(page, 'Progress')).toContainText(/\d+ of 30 items, about .+ to go/);

  await button(page, 'Pause').click();
  await expect(page.getByText('paused', { exact: true })).toBeVisible();
  await expect(button(page, 'Pause')).toHaveCount(0);
  await expect(region(page, 'Progress')).toContainText('no calls while paused');
  await button(page, 'Cancel…').click();
  await look(page, 'run-cancel');
  await panel(page, 'Cancel the run?').getByRole('button', { name: 'Let it go on' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByText('paused', { exact: true })).toBeVisible();
  // A shard at work hears of it with its next write, within half a second; then nothing is asked any more.
  const asked = await eventually(async () => {
    const before = world.provider.hits.length;
    await pause(1_000);
    return world.provider.hits.length === before && before;
  });
  expect(await done()).toBeLessThan(30);
  await expect(region(page, 'Verdict'), 'what there is so far can be read').toContainText('scored items pass');

  const requests = askedFor(page);
  await page.reload();
  await expect(region(page, 'Verdict')).toContainText('scored items pass');
  await page.waitForLoadState('networkidle');
  expect(requests.filter((line) => line.includes('/events')), 'nothing happens that a stream would tell').toEqual([]);
  expect(requests.length, requests.join(', ')).toBeLessThanOrEqual(3);

  await button(page, 'Resume').click();
  await expect(page.getByText('running', { exact: true })).toBeVisible();
  await eventually(() => world.provider.hits.length > asked);

  await button(page, 'Cancel…').click();
  await panel(page, 'Cancel the run?').getByRole('button', { name: 'Cancel the run' }).click();
  await expect(page.getByText('cancelled', { exact: true })).toBeVisible();
  await expect(progress).toHaveCount(0);
  await expect(button(page, 'Resume')).toHaveCount(0);
  await expect(region(page, 'Verdict')).toContainText('scored items pass');
  expect((await world.ask('GET', `/api/runs/${run.id}`)).status).toBe('cancelled');
});

test('an item that the judge gives no verdict on is unscored, with the reason, and can be tried again', async ({ page, world }) => {
  const run = await finishRun(world, set, { ...SCRIPTED, judge: { provider: 'scripted', model: 'judge@prose' }, sample: { n: 3, seed: 1 } });
  await page.goto(`/runs/${run.id}`);
  await expect(region(page, 'Verdict')).toContainText(/Nothing could be scored, so there is no pass rate\.\s*3 items are unscored and counted neither way/);
  await expect(region(page, 'Verdict')).toContainText(/Most often, with 3 of 3 items: \w/);
  await expect(region(page, 'May it ship?')).toContainText('nothing speaks for the run or against it');
  await expect(region(page, 'Score distribution')).toHaveCount(0);
  await expect(region(page, 'Numbers').locator('.tile', { hasText: 'Unscored' })).toContainText('3');
  await expect(page.getByRole('button', { name: /^\? Unscored/ }), 'they are listed first').toHaveAttribute('aria-pressed', 'true');
  const items = region(page, 'Items, the worst first').getByRole('listitem');
  await expect(items).toHaveCount(3);
  await expect(items.first()).toContainText('? unscored');
  await items.first().getByRole('link').click();
  const item = panel(page, 'Item');
  await expect(item.getByRole('heading', { name: 'Helpful: unscored' })).toBeVisible();
  await expect(item.getByText(/^The judge's reply could not be read: /)).toBeVisible();
  await item.getByText("The judge's reply", { exact: true }).click();
  await expect(item.getByText('I would rate it 4 out of 5.')).toBeVisible();
  await page.keyboard.press('Escape');

  world.provider.script((call) => (call.judge ? 'fixed-5' : undefined));
  const answered = world.provider.targetHits().length;
  await button(page, 'Try the 3 without a score again').click();
  await expect(region(page, 'Verdict')).toContainText('3 of 3 scored items pass: 100.0%');
  expect(world.provider.targetHits().length, 'the answers are known').toBe(answered);
});

test('the criteria editor says what does not fit', async ({ page, world }) => {
  await page.goto(`/sets/${set}?part=criteria`);
  const [threshold, question] = [page.getByRole('textbox', { name: 'Threshold' }), page.getByRole('textbox', { name: 'Question, in plain words' })];
  await threshold.fill('1.2');
  await button(page, 'Save').click();
  await expect(page.getByRole('alert')).toContainText(/1\.2 is not a threshold; a threshold is from 0 to 1/);
  await threshold.fill('0.7');
  await question.fill('');
  await button(page, 'Save').click();
  await expect(question, 'the empty field is where to go on').toBeFocused();
  await expect(question).toHaveAccessibleDescription(/question/);
  await question.fill('   ');
  await button(page, 'Save').click();
  await expect(page.getByRole('alert')).toContainText(/Criteria 1, question: /);
  await expect(question).toHaveAttribute('aria-invalid', 'true');
  expect((await world.ask('GET', `/api/sets/${set}`)).version, 'nothing was saved').toBe(2);
  await question.fill('Does it say where the parcel is?');
  await button(page, 'Save').click();
  await expect(page.getByText(/^Saved as version 3\./)).toBeVisible();
  await expect(page.getByText('30 items, version 3, threshold 0.70')).toBeVisible();
});

test('the form of a new run says what does not fit', async ({ page, world, allow }) => {
  allow(/Failed to load resource/);
  const before = (await world.ask('GET', '/api/runs')).data.length;
  await page.goto(`/runs/new?set=${set}`);
  const threshold = page.getByRole('textbox', { name: 'Threshold to pass' });
  const start = button(page, 'Start the run');
  await threshold.fill('1.2');
  await start.click();
  await expect(page.getByRole('alert')).toContainText('Threshold: 1.2 is not a threshold; a threshold is from 0 to 1.');
  await expect(threshold).toHaveAccessibleDescription('1.2 is not a threshold; a threshold is from 0 to 1.');
  await expect(threshold, 'it is where to go on').toBeFocused();
  await threshold.fill('');
  await page.getByText('Limits', { exact: true }).click();
  const [budget, sample] = ['Budget in US dollars (optional)', 'Only a random sample of (optional)'].map((name) => page.getByRole('textbox', { name }));
  await budget.fill('cheap');
  await sample.fill('some');
  await page.getByText('Limits', { exact: true }).click();
  await expect(budget).toBeHidden();
  await start.click();
  await expect(page.getByRole('alert')).toContainText('Not sent: 3 places do not fit; each is marked.');
  await expect(threshold).toBeFocused();
  await expect(threshold).toHaveAttribute('aria-invalid', 'true');
  await expect(budget, 'what is folded over a mistake opens').toBeVisible();
  await expect(budget).toHaveAccessibleDescription('"cheap" is not a number; write one such as 0.8.');
  await expect(sample).toHaveAccessibleDescription('"some" does not fit; write a whole number such as 16.');
  await look(page, 'new-run-wrong');
  await threshold.fill('0.8');
  await budget.fill('');
  await sample.fill('0');
  await start.click();
  await expect(sample, 'what only the service knows is said at the field too').toHaveAccessibleDescription(/take at least 1/);
  await expect(threshold).not.toHaveAttribute('aria-invalid');
  await expect(page).toHaveURL(/\/runs\/new/);
  expect((await world.ask('GET', '/api/runs')).data.length, 'no run was started').toBe(before);
});
