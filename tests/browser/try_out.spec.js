// Trying the judge on items of a set while its criteria are being written.

import { asked, enter, expect, finishRun, importLogs, log, look, makeSet, region, testIn } from './support.js';

const test = testIn();

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world, ['Where is my order?', 'Can I send it back?'].map((question, at) => log(question, 'It is on its way, and should be with you on Monday.', { at: 1_788_000_000 + at })));
  made.set = await makeSet(world, 'Support', { feature: 'support' });
  made.runs = (await world.ask('GET', '/api/runs')).data.length;
});

const bench = (page) => region(page, 'Try the judge');
const subject = (page, number) => bench(page).getByRole('listitem').filter({ has: page.getByRole('heading', { name: `Item ${number}`, exact: true }) });

/** Opens the criteria, and what the judge is tried with. */
async function open(page, world) {
  await enter(page, world);
  await page.goto(`/sets/${made.set}?part=criteria`);
  await bench(page).getByRole('button', { name: 'Try it on items of this set…' }).click();
  await expect(subject(page, 2)).toBeVisible();
}

test('the judge is asked what is typed, and nothing of it is saved', async ({ page, world }) => {
  await open(page, world);
  await bench(page).getByLabel('Provider').selectOption('demo');
  await bench(page).getByLabel('Model', { exact: true }).fill('judge');
  await page.getByRole('textbox', { name: 'Question, in plain words' }).fill('Is it short enough to be read at once?');
  const calls = asked(page);
  await bench(page).getByRole('button', { name: 'Ask the judge', exact: true }).click();
  for (const number of [1, 2]) {
    await expect(subject(page, number).getByRole('status')).toContainText(/1 call · [\d,]+ → \d+ tokens · cost \$0/);
    await expect(subject(page, number).getByRole('heading', { name: /^Helpful: level \d of 5/ })).toBeVisible();
    await expect(subject(page, number).getByText('simulated', { exact: true })).toBeVisible();
  }
  expect(calls.toSorted()).toEqual([expect.stringMatching(/^POST .*\/trial$/), expect.stringMatching(/^POST .*\/trial$/)]);
  await look(page, 'set-try-out');
  const set = await world.ask('GET', `/api/sets/${made.set}`);
  expect([set.version, set.criteria[0].question]).toEqual([2, 'Does the response answer what was asked?']);
  expect((await world.ask('GET', '/api/runs')).data.length).toBe(made.runs);
});

test('another response is judged in the place of the original, by keys', async ({ page, world }) => {
  await open(page, world);
  await subject(page, 1).getByText('Judge another response').focus();
  await page.keyboard.press('Enter');
  await subject(page, 1).getByLabel('Response in place of the original').fill('?');
  const ask = bench(page).getByRole('button', { name: 'Ask about this one: item 1' });
  await ask.focus();
  await page.keyboard.press('Enter');
  await expect(subject(page, 1).getByRole('status')).toContainText('0 calls');
  await expect(subject(page, 1).getByRole('status')).toContainText('✗ fail');
  await expect(subject(page, 1).getByRole('status')).toContainText('No judge was asked: the response is empty or punctuation alone.');
  await expect(subject(page, 2).getByRole('status')).toBeEmpty();
  await expect(ask).toBeFocused();
});

test('what does not fit is said: of the criteria, and of the judge', async ({ page, world }) => {
  await open(page, world);
  const question = page.getByRole('textbox', { name: 'Question, in plain words' });
  const before = await question.inputValue();
  await question.fill('');
  const ask = bench(page).getByRole('button', { name: 'Ask about this one: item 1' });
  await ask.click();
  await expect(subject(page, 1).getByRole('alert')).toContainText('a question has 1 to 4000 characters, not 0');
  await question.fill(before);
  const model = bench(page).getByLabel('Model', { exact: true });
  await model.fill('');
  await ask.click();
  await expect(model).toHaveAccessibleDescription('Name a model.');
  await expect(model).toBeFocused();
  await model.fill('judge@prose');
  await ask.click();
  await expect(subject(page, 1).getByRole('status')).toContainText('? unscored');
});

test('the judge that was asked last is offered', async ({ page, world }) => {
  await finishRun(world, made.set, { judge: { provider: 'demo', model: 'judge', repeats: 3 } });
  await open(page, world);
  await expect(bench(page).getByLabel('Asks each question')).toHaveValue('3');
});
