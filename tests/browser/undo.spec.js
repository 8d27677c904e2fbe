// What one act takes away is given back: by a message that undoes it, or by asking first.

import { enter, expect, finishRun, importLogs, log, look, makeSet, panel, region, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const CRITERIA = [
  { name: 'Helpful', question: 'Does the response answer what was asked?' },
  { name: 'Polite', question: 'Is it polite?', kind: 'binary', examples: [{ request: 'Hi', candidate: 'What?', level: 0, reasoning: 'It is gruff.' }] },
];

let set;
let run;

test.beforeAll(async ({ world }) => {
  await importLogs(world, ['First', 'Second', 'Third'].map((question, at) => log(question, 'Yes.', { at: 1_788_000_000 - at })));
  set = await makeSet(world, 'Support answers', { feature: 'support' }, CRITERIA);
  run = await finishRun(world, set);
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const toasts = (page) => page.locator('.toasts').getByRole('listitem');
const toast = (page, text) => toasts(page).filter({ hasText: text });
const undo = (page, text) => toast(page, text).getByRole('button', { name: 'Undo' });

test('an item that was removed comes back with its tags', async ({ page, world }) => {
  const items = async () => (await world.ask('GET', `/api/sets/${set}/items`)).data;
  const second = (await items()).find((item) => item.request_preview === 'Second');
  await world.ask('PATCH', `/api/sets/${set}/items/${second.id}`, { verified: true, tags: { plan: 'pro' } });
  await page.goto(`/sets/${set}?open=${second.id}`);
  await panel(page, 'Item').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(panel(page, 'Item')).toHaveCount(0);
  const rows = page.getByRole('table').first().getByRole('link');
  await expect(page.getByText('2 items, version 3')).toBeVisible();
  await expect(toast(page, 'The item is removed from the next version on.')).toBeVisible();
  await look(page, 'undo');

  await undo(page, 'The item is removed').focus();
  await page.keyboard.press('Enter');
  await expect(toast(page, 'The item is back, as a new one of version 4')).toBeVisible();
  await expect(toast(page, 'The item is back').getByRole('button', { name: 'Dismiss' }), 'the focus is not lost').toBeFocused();
  await expect(page.getByText('3 items, version 4')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Second' })).toBeVisible();
  const { id, feature, log_id, tags, verified } = (await items()).find((item) => item.request_preview === 'Second');
  expect({ feature, log_id, tags, verified }).toEqual({ feature: 'support', log_id: second.log_id, tags: { plan: 'pro' }, verified: true });
  expect(id).not.toBe(second.id);
  await page.keyboard.press('Enter');
  await expect(toasts(page)).toHaveCount(0);
  await expect(rows.first()).toBeVisible();
});

test('a label that was replaced or withdrawn is given again, over the open panel', async ({ page, world }) => {
  await page.goto(`/runs/${run.id}?show=all`);
  await region(page, 'Items, the worst first').getByRole('link').first().click();
  const item = panel(page, 'Item');
  const helpful = item.getByRole('group', { name: 'Label: Helpful' });
  const pressed = helpful.getByRole('button', { pressed: true });
  await item.getByLabel(/^Why\?/).fill('It names no day.');
  await helpful.getByRole('button', { name: 'Helpful: level 2' }).click();
  await expect(pressed).toHaveText('2');
  await expect(toasts(page), 'what is said first takes nothing away').toHaveCount(0);

  await helpful.getByRole('button', { name: 'Helpful: level 5' }).click();
  await expect(toast(page, 'Your label on “Helpful” is level 5 now; it was level 2.')).toBeVisible();
  await look(page, 'undo-label');
  await undo(page, 'Your label on “Helpful”').click();
  await expect(pressed).toHaveText('2');
  await expect(helpful.getByRole('listitem')).toContainText('It names no day.');
  await toast(page, 'is level 2 again').getByRole('button', { name: 'Dismiss' }).click();

  await helpful.getByRole('button', { name: /^Withdraw level 2/ }).click();
  await expect(pressed).toHaveCount(0);
  await page.keyboard.press('u');
  await expect(pressed).toHaveText('2');
  await expect(helpful.getByRole('listitem')).toContainText('It names no day.');
  await helpful.getByRole('button', { name: /^Withdraw level 2/ }).click();
  await helpful.getByRole('button', { name: 'Helpful: level 4' }).click();
  await expect(pressed).toHaveText('4');

  // What another says only they can say again.
  const key = await world.ask('POST', '/api/keys', { name: 'Reviewer', scopes: ['read', 'run'] });
  const open = new URL(page.url()).searchParams.get('open');
  const label = { run_id: run.id, item_id: open, criterion: 'Polite', pass: false };
  expect((await page.request.put('/api/labels', { data: label, headers: { authorization: `Bearer ${key.token}`, cookie: '' } })).status()).toBe(200);
  await page.reload();
  const polite = item.getByRole('group', { name: 'Label: Polite' });
  await polite.getByRole('button', { name: /^Withdraw ✗ fail by key “Reviewer”/ }).click();
  await expect(panel(page, 'Withdraw the label?')).toContainText('It is the label of key “Reviewer”, who alone can give it again.');
  await panel(page, 'Withdraw the label?').getByRole('button', { name: 'Withdraw label' }).click();
  await expect(polite.getByRole('listitem')).toHaveCount(0);
  await expect(toasts(page)).toHaveCount(0);
});

test('a criterion and an example that were taken out of the form are put back as they were typed', async ({ page }) => {
  await page.goto(`/sets/${set}?part=criteria`);
  const polite = page.getByRole('group', { name: 'Polite' });
  await polite.getByLabel('Question, in plain words').fill('Is it kind?');
  await polite.getByRole('button', { name: 'Remove example 1' }).click();
  await expect(polite.getByRole('group', { name: 'Example 1' })).toHaveCount(0);
  await undo(page, 'Example 1 is removed.').click();
  await expect(polite.getByRole('group', { name: 'Example 1' }).getByLabel('Why it has its level')).toHaveValue('It is gruff.');

  await page.getByRole('group', { name: 'Helpful' }).getByRole('button', { name: 'Remove this criterion' }).click();
  await expect(page.getByRole('group', { name: 'Helpful' })).toHaveCount(0);
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('u');
  await expect(toast(page, 'The criterion “Helpful” is back.')).toBeVisible();
  const questions = page.getByLabel('Question, in plain words');
  await expect(questions.nth(0)).toHaveValue('Does the response answer what was asked?');
  await expect(questions.nth(1)).toHaveValue('Is it kind?');

  // What is saved is no part of the form any more.
  await page.getByRole('group', { name: 'Polite' }).getByRole('button', { name: 'Remove this criterion' }).click();
  await expect(toast(page, 'The criterion “Polite” is removed.')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(toast(page, 'Saved as version')).toBeVisible();
  await expect(toast(page, 'The criterion “Polite” is removed.')).toHaveCount(0);
});

test('whoever would have older logs deleted is asked first', async ({ page, world }) => {
  await page.goto('/settings');
  const days = page.getByLabel('Keep logs for (days)');
  const kept = async () => (await world.ask('GET', '/api/settings')).log.retention_days;
  await days.fill('30');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const ask = panel(page, 'Delete older logs?');
  await expect(ask).toContainText('Logs older than 30 days are deleted for good');
  await look(page, 'undo-retention');
  await ask.getByRole('button', { name: 'Cancel' }).click();
  expect(await kept()).toBe(null);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await ask.getByRole('button', { name: 'Save, and delete older logs' }).click();
  await expect(ask).toHaveCount(0);
  await expect(page.getByText('Saved.')).toBeVisible();
  expect(await kept()).toBe(30);
  await days.fill('60');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(kept).toBe(60);
  await expect(ask).toHaveCount(0);
});
