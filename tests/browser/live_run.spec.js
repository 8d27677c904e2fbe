// What a run would take, said before it starts; and a run that goes on, told as it happens.

import { eventually } from '../live/world.mjs';
import { enter, expect, finishRun, importLogs, leaveUnsaved, log, look, makeSet, panel, region, startRun, testIn } from './support.js';

const test = testIn({ provider: { latency_ms: 150 } });

const SCRIPTED = { target: { provider: 'scripted', model: 'scripted' }, judge: { provider: 'scripted', model: 'judge' }, baseline: false };

let set;

test.beforeAll(async ({ world }) => {
  const records = Array.from({ length: 24 }, (_, n) => log(`Where is parcel ${n * 7 + 1}?`, `Parcel ${n * 7 + 1} waits at depot ${n}.`, { at: 1_788_000_000 + n }));
  await importLogs(world, records);
  set = await makeSet(world, 'Parcels', { feature: 'support' });
});

test.beforeEach(async ({ page, world }) => {
  world.provider.reset();
  await enter(page, world);
});

const button = (page, name) => page.getByRole('button', { name, exact: true });
const beside = (page) => page.getByRole('complementary', { name: 'Before it starts' });

test('what the run would take stands beside the form, and follows what is chosen', async ({ page }) => {
  await page.goto(`/runs/new?set=${set}`);
  const estimate = beside(page);
  await expect(estimate).toContainText(/24 to the target, \d+ to the judge/);
  await expect(estimate).toContainText('With 24 items this run can tell a difference of');
  const toTheJudge = async () => Number(/(\d+) to the judge/.exec(await estimate.innerText())?.[1]);
  const once = await toTheJudge();
  await page.getByRole('combobox', { name: 'Asks each question' }).selectOption('3');
  await expect.poll(toTheJudge).toBeGreaterThan(once);
  const models = page.getByRole('combobox', { name: 'Model', exact: true });
  await page.getByText('Limits', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Only a random sample of (optional)' }).fill('5');
  await expect(estimate).toContainText(/5 to the target/);
  await page.getByRole('combobox', { name: 'Provider', exact: true }).first().selectOption('scripted');
  await models.first().fill('unheard-of');
  await expect(estimate).toContainText('No price is known for scripted/unheard-of.');
  await expect(estimate.locator('div', { hasText: 'Cost' }).last()).toContainText('unknown');
  await estimate.getByRole('link', { name: 'Set prices' }).click();
  await leaveUnsaved(page);
  await expect(page).toHaveURL(/\/settings/);
});

test('a changed system prompt is shown against what was logged', async ({ page }) => {
  await page.goto(`/runs/new?set=${set}`);
  await page.getByRole('combobox', { name: 'The system prompt' }).selectOption('replace');
  await page.getByRole('textbox', { name: 'Text in its place' }).fill('Answer in one short sentence.');
  const against = region(page, 'Against what was logged');
  await expect(against).toContainText('Answer in one short sentence.');
  await expect(against).toContainText('Empty.');
});

test('results come by themselves and stay where they are, without asking again and again', async ({ page, world }) => {
  const asked = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/api\/runs\/[^/]+$/.test(pathname)) asked.push(pathname);
  });
  const run = await startRun(world, set, { ...SCRIPTED, concurrency: 2 });
  await page.goto(`/runs/${run.id}`);
  const items = region(page, 'Results so far, as they came').getByRole('listitem');
  await expect(items.nth(2)).toBeVisible();
  const first = await items.first().innerText();
  await items.first().evaluate((item) => {
    item.marked = true;
  });
  await expect(items.nth(8)).toBeVisible();
  expect(await items.first().innerText()).toBe(first);
  expect(await items.first().evaluate((item) => item.marked), 'what is read is not drawn anew').toBe(true);
  await items.first().getByRole('link').click();
  await expect(panel(page, 'Item').getByRole('heading', { name: 'What the judge says' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel(page, 'Item')).toHaveCount(0);
  await expect(region(page, 'Progress')).toContainText('Time since the start');
  await expect(region(page, 'Verdict')).toContainText('scored items pass', { timeout: 20_000 });
  await expect(items).toHaveCount(0);
  expect(asked.length, 'once before and once after').toBeLessThanOrEqual(3);
});

test('where nothing can be told, the page asks', async ({ page, world, allow }) => {
  allow(/events/);
  await page.route('**/events', (route) => route.fulfill({ status: 503, body: 'no' }));
  const run = await startRun(world, set, { ...SCRIPTED, concurrency: 6, fresh: true });
  await page.goto(`/runs/${run.id}`);
  const progress = page.getByRole('progressbar', { name: 'Items done' });
  await expect.poll(async () => Number(await progress.getAttribute('value'))).toBeGreaterThan(2);
  await expect(region(page, 'Verdict')).toContainText('scored items pass', { timeout: 20_000 });
});

test('the page of a run that is tried again follows it', async ({ page, world }) => {
  const run = await finishRun(world, set, { ...SCRIPTED, judge: { provider: 'scripted', model: 'judge@prose' }, sample: { n: 3, seed: 1 }, fresh: true });
  await page.goto(`/runs/${run.id}`);
  world.provider.script((call) => (call.judge ? 'fixed-5' : undefined));
  await button(page, 'Try the 3 without a score again').click();
  await expect(region(page, 'Verdict')).toContainText('3 of 3 scored items pass: 100.0%');
  await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).status === 'done');
});

test('what no remaining item can change is said before the end, in few requests', async ({ page, world }) => {
  const asked = [];
  page.on('request', (request) => request.url().includes('/summary') && asked.push(request.url()));
  const run = await startRun(world, set, { ...SCRIPTED, judge: { provider: 'scripted', model: 'judge@fixed-0' }, concurrency: 1, fresh: true });
  await page.goto(`/runs/${run.id}`);
  const settled = page.getByRole('status').filter({ hasText: /^Settled before the end: it can no longer pass, whatever the remaining items come to\.$/ });
  await expect(settled).toBeVisible();
  await expect(page.getByText('running', { exact: true })).toBeVisible();
  // The run has to last for as long as it is looked at.
  world.provider.configure({ latency_ms: 5_000 });
  await look(page, 'run-settled');
  world.provider.configure({ latency_ms: 150 });
  await page.getByRole('button', { name: 'Cancel…', exact: true }).click();
  await panel(page, 'Cancel the run?').getByRole('button', { name: 'Cancel the run' }).click();
  await expect(settled).toBeHidden();
  expect(asked.length, 'at most once in each tenth').toBeLessThan(10);
});
