// Scorers while they are written: tried on all items in the browser, and what is wrong said at its field.

import { enter, expect, finishRun, importLogs, leaveUnsaved, log, look, makeSet, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const ITEMS = 300;
const made = {};

test.beforeAll(async ({ world }) => {
  const answer = (n) => (n % 3 === 0 ? `Sorry, order ${n} is lost.` : `Order ${n} is on its way.`);
  await importLogs(world, Array.from({ length: ITEMS }, (_, n) => log(`Where is order ${n}?`, answer(n), { at: 1_788_000_000 + n })));
  made.set = await makeSet(world, 'Orders', {});
});

test.beforeEach(async ({ page, world }) => enter(page, world));

test('a scorer says as it is typed how all items do by it', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/sets/${made.set}?part=scorers`);
  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const scorer = page.getByRole('group', { name: 'Scorer 1' });
  const text = scorer.getByLabel('Text', { exact: true });
  await text.fill('on its way');
  expect(asked.filter((path) => /scoring|export/.test(path)), 'nothing is fetched before it is asked for').toEqual([]);

  await page.getByRole('button', { name: 'Try them on all 300 items' }).click();
  await expect(page.getByText('Tried on 300 original responses, as you type.')).toBeVisible();
  await expect(scorer.getByRole('status')).toContainText('✓ 200 pass ✗ 100 fail');
  await scorer.getByText('Some that do not pass').click();
  await expect(scorer.getByRole('listitem')).toHaveCount(3);
  await expect(scorer.getByRole('listitem').first()).toContainText(/Asked: Where is order \d+\?/);
  await expect(scorer.getByRole('listitem').first()).toContainText(/Answered: Sorry, order \d+ is lost\./);
  await look(page, 'scorers-tried');

  await text.fill('lost');
  await expect(scorer.getByRole('status')).toContainText('✓ 100 pass ✗ 200 fail');
  await expect(scorer.getByRole('listitem').first(), 'what was opened stays open').toBeVisible();
  await scorer.getByLabel('The other way round: passes when this does not hold').check();
  await expect(scorer.getByRole('status')).toContainText('✓ 200 pass ✗ 100 fail');
  await scorer.getByLabel('The response').selectOption('latency');
  await scorer.getByLabel('At most, in milliseconds').fill('100');
  await expect(scorer.getByRole('status')).toContainText('– 300 skipped');
  await scorer.getByLabel('The response').selectOption('regex');
  await scorer.getByRole('textbox', { name: 'Regular expression' }).fill('(order');
  await expect(scorer.getByRole('status')).toContainText('! 300 did not work');

  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const second = page.getByRole('group', { name: 'Scorer 2' });
  await second.getByLabel('The response').selectOption('rouge-l');
  await expect(second.getByRole('status')).toContainText('✓ 300 pass');
  await expect(second.getByRole('status')).toContainText('compared with itself');
  expect(asked.filter((path) => path.endsWith('/export'))).toHaveLength(1);
});

test('a scorer says too how the responses of the last run do by it', async ({ page, world }) => {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/sets/${made.set}?part=scorers`);
  const offer = page.getByRole('button', { name: 'Try them on the responses of the last run' });
  await offer.click();
  await expect(page.getByText('No run of this set is over yet: there is nothing to try them on.')).toBeVisible();

  // The target says again what it is asked.
  const run = await finishRun(world, made.set, { target: { provider: 'demo', model: 'echo' }, sample: { n: 40, seed: 1 } });
  await page.reload();
  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const scorer = page.getByRole('group', { name: 'Scorer 1' });
  await scorer.getByLabel('Text', { exact: true }).fill('on its way');
  await page.getByRole('button', { name: 'Try them on all 300 items' }).click();
  await expect(scorer.getByRole('status')).toHaveText(/On the original responses: ✓ 200 pass ✗ 100 fail/);
  asked.splice(0);
  await offer.click();
  await expect(page.getByText('Tried on 40 responses of the last run.')).toBeVisible();
  const answers = scorer.getByRole('status').filter({ hasText: 'On the responses of the last run' });
  await expect(answers).toHaveText(/✓ 0 pass ✗ 40 fail/);
  expect(asked.filter((path) => path.startsWith('/api/')), 'one more request').toEqual([`/api/sets/${made.set}/answers`]);
  await scorer.getByText('Some that do not pass').last().click();
  await look(page, 'scorers-tried-on-both');
  await scorer.getByLabel('Text', { exact: true }).fill('Where is order');
  await expect(answers).toHaveText(/✓ 40 pass ✗ 0 fail/);
  await expect(scorer.getByRole('status').first()).toHaveText(/✓ 0 pass ✗ 300 fail/);
  // What an original took is not known, what a response took is.
  await scorer.getByLabel('The response').selectOption('latency');
  await scorer.getByLabel('At most, in milliseconds').fill('60000');
  await expect(scorer.getByRole('status').first()).toHaveText(/– 300 skipped/);
  await expect(answers).toHaveText(/✓ 40 pass/);
  await page.getByRole('link', { name: 'Open the run' }).click();
  await leaveUnsaved(page);
  await expect(page).toHaveURL(new RegExp(`/runs/${run.id}`));
});

test('what is wrong with a form is said at its fields', async ({ page, allow }) => {
  allow(/Failed to load resource/);
  await page.goto(`/sets/${made.set}?part=criteria`);
  await page.getByRole('button', { name: 'Add a criterion' }).click();
  const added = page.getByRole('group', { name: 'New criterion' });
  await added.getByLabel('Name', { exact: true }).fill('Polite');
  const criterion = page.getByRole('group', { name: 'Polite' });
  await criterion.getByLabel('Question, in plain words').fill('Is it polite?');
  const weight = criterion.getByLabel('Weight');
  await weight.fill('heavy');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(weight).toHaveAttribute('aria-invalid', 'true');
  await expect(weight).toHaveAccessibleDescription(/"heavy" is not a weight\.$/);
  await expect(weight).toBeFocused();
  await expect(criterion.getByLabel('Name', { exact: true })).not.toHaveAttribute('aria-invalid');
  await look(page, 'criteria-wrong');
  await weight.fill('1');
  await criterion.getByLabel('Name', { exact: true }).fill('Helpful');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('form').getByRole('alert')).toContainText(/Helpful/);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
  await leaveUnsaved(page);
  await page.getByRole('button', { name: 'Add a provider…' }).click();
  const provider = page.getByRole('dialog', { name: 'Add a provider' });
  await provider.getByLabel('Name').fill('Not a name');
  await provider.getByLabel('Models, one a line').fill('one');
  await provider.getByRole('button', { name: 'Save' }).click();
  await expect(provider.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(provider.getByLabel('Name')).toBeFocused();
  await provider.getByLabel('Name').fill('inside');
  await provider.getByLabel('Address').fill('http://169.254.169.254');
  await provider.getByRole('button', { name: 'Save' }).click();
  // Only the service knows which addresses are refused.
  await expect(provider.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await expect(provider.getByLabel('Address')).toHaveAccessibleDescription(/.+/);
  await look(page, 'provider-wrong');
  await page.keyboard.press('Escape');
  await leaveUnsaved(page);

  await page.getByRole('button', { name: 'New key…' }).click();
  const key = page.getByRole('dialog', { name: 'New access key' });
  await key.getByLabel('Name').fill('CI');
  await key.getByRole('checkbox', { name: /^ingest/ }).uncheck();
  await key.getByRole('button', { name: 'Make the key' }).click();
  await expect(key.getByRole('group', { name: 'It may' })).toHaveAccessibleDescription('Choose at least one thing that the key may do.');
});

test('help for the judge is written by keyboard, and what is wrong is said at its field', async ({ page, world }) => {
  const own = await makeSet(world, 'Helped', {}, [{ name: 'Helpful', question: 'Does it help?', kind: 'binary' }]);
  await page.goto(`/sets/${own}?part=criteria`);
  const criterion = page.getByRole('group', { name: 'Helpful' });
  const fold = criterion.getByText('Help for the judge', { exact: true });
  await expect(criterion.getByRole('button', { name: 'Add an example' })).toBeHidden();
  await fold.press('Enter');
  const checks = criterion.getByRole('textbox', { name: /^To consider/ });
  await checks.fill('Does it name a day?\nIs it polite?\nIs it short?\nIs it true?');
  await criterion.getByRole('button', { name: 'Add an example' }).press('Enter');
  const example = criterion.getByRole('group', { name: 'Example 1' });
  await example.getByLabel('Request', { exact: true }).fill('Where is order 7?');
  await example.getByLabel('Response', { exact: true }).fill('On its way.');
  await expect(example.getByLabel('Level', { exact: true }).locator('option:not([hidden])'), 'a yes or no has two levels').toHaveText(['5', '0']);
  await fold.press('Enter');
  await expect(checks).toBeHidden();

  const save = page.getByRole('button', { name: 'Save', exact: true });
  await save.click();
  await expect(checks, 'what is folded over a mistake opens').toBeFocused();
  await expect(checks).toHaveAccessibleDescription(/at most 3 checks, not 4/);
  await checks.fill('Does it name a day?');
  await save.click();
  const reasoning = example.getByLabel('Why it has its level');
  await expect(reasoning).toBeFocused();
  await expect(reasoning).toHaveAccessibleDescription(/.+/);
  await look(page, 'criteria-help');
  await reasoning.fill('It names no day.');
  await example.getByLabel('Level', { exact: true }).selectOption('0');
  await criterion.getByLabel(/^Mark the white space/).check();
  await save.click();
  await expect(page.getByText('Saved as version 3.')).toBeVisible();
  await page.reload();
  await expect(checks).toHaveValue('Does it name a day?');
  await expect(example.getByLabel('Level', { exact: true })).toHaveValue('0');
  await expect(criterion.getByLabel(/^Mark the white space/)).toBeChecked();
});
