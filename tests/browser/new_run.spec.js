// Setting up a run: tools, settings, and targets that were used before.

import { enter, expect, finishRun, importLogs, leaveUnsaved, look, makeSet, panel, signInLink, testIn } from './support.js';

const test = testIn();

const TOOLS = [{ type: 'function', function: { name: 'find_order', parameters: { type: 'object' } } }];
const FORMAT = { response_format: { type: 'json_object' } };

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  made.set = await makeSet(world, 'Support answers', { feature: 'support' });
  const prompt = { system: 'Be brief.', system_mode: 'append', template: '{{ last_user }}!', tools: TOOLS };
  await world.ask('POST', '/api/targets', { name: 'Brief', target: { provider: 'demo', model: 'terse', params: FORMAT, prompt } });
  await finishRun(world, made.set, { name: 'No tools', target: { provider: 'demo', model: 'terse', prompt: { tools: [] } }, sample: { n: 2, seed: 1 } });
});

const again = (page) => page.getByLabel('Take a target again');
const tools = (page) => page.getByLabel('Tools (functions), as JSON');
const settings = (page) => page.getByLabel('Model settings and response format, as JSON');

/** Opens the form, and waits until it says what the run would take. */
async function open(page, world) {
  await enter(page, world);
  await page.goto(`/runs/new?set=${made.set}`);
  await expect(page.getByText(/items this run can tell/)).toBeVisible();
}

/** Starts the run that is set up, and gives it. */
async function start(page, world) {
  await page.getByRole('button', { name: 'Start the run' }).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]{8}-/);
  return world.ask('GET', new URL(page.url()).pathname.replace('/runs/', '/api/runs/'));
}

test('tools and a response format are sent as they are written', async ({ page, world }) => {
  await open(page, world);
  await page.getByText('Template, tools and model settings').click();
  await tools(page).fill(JSON.stringify(TOOLS));
  await settings(page).fill(JSON.stringify(FORMAT));
  const { target } = await start(page, world);
  expect(target).toEqual({ provider: 'demo', model: 'terse', params: FORMAT, prompt: { system_mode: 'replace', tools: TOOLS } });
});

test('tools that do not fit are said to at their field', async ({ page, world }) => {
  await open(page, world);
  await page.getByText('Template, tools and model settings').click();
  await tools(page).fill('["find"]');
  await page.getByText('Template, tools and model settings').click();
  await page.getByRole('button', { name: 'Start the run' }).click();
  await expect(tools(page)).toBeFocused();
  await expect(tools(page)).toHaveAccessibleDescription(/A tool is an object, such as/);
  await look(page, 'new-run-tools');
});

test('a saved target is taken again with all that it says', async ({ page, world }) => {
  await open(page, world);
  await expect(again(page).locator('optgroup')).toHaveCount(2);
  await again(page).selectOption({ label: 'Brief, version 1: demo/terse, with its own prompt' });
  await expect(page.getByLabel('Text that follows it')).toHaveValue('Be brief.');
  await expect(tools(page)).toBeVisible();
  expect(JSON.parse(await tools(page).inputValue())).toEqual(TOOLS);
  await look(page, 'new-run-again');
  const { target } = await start(page, world);
  expect(target).toEqual((await world.ask('GET', '/api/targets')).data[0].target);
});

test('a target of an earlier run is taken again by keys, until something is changed', async ({ page, world }) => {
  await open(page, world);
  await again(page).focus();
  await again(page).press('ArrowDown');
  await again(page).press('End');
  const chosen = again(page).locator('option:checked');
  await expect(chosen).toHaveText('demo/terse, with its own prompt (No tools)');
  await expect(tools(page)).toHaveValue('[]');
  await tools(page).fill('');
  await expect(chosen).toHaveText('as it is written below');
});

test('a target is saved for everybody, and its next version under the same name', async ({ page, world }) => {
  await open(page, world);
  const save = panel(page, 'Save this target');
  const button = page.getByRole('button', { name: 'Save this target…' });
  await button.click();
  await expect(save.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(save.getByLabel('Name')).toHaveAccessibleDescription(/A name has 1 to 200 characters, not 0/);
  await save.getByLabel('Name').fill('Plain');
  await look(page, 'new-run-save');
  await page.keyboard.press('Enter');
  await expect(save).toHaveCount(0);
  await expect(page.locator('.toasts')).toContainText('The target “Plain” is saved for everybody, as version 1.');
  await expect(button).toBeFocused();
  await expect(again(page).locator('option:checked')).toHaveText('Plain, version 1: demo/terse');

  await page.getByLabel('The system prompt').selectOption({ label: 'is replaced' });
  await page.getByLabel('Text in its place').fill('Be brief.');
  await expect(again(page).locator('option:checked')).toHaveText('as it is written below');
  await button.click();
  await expect(save.getByLabel('Name')).toHaveValue('Plain');
  await page.keyboard.press('Enter');
  await expect(save).toHaveCount(0);
  await expect(page.locator('.toasts')).toContainText('as version 2.');
  await expect(again(page).locator('option:checked')).toHaveText('Plain, version 2: demo/terse, with its own prompt');
  await expect(again(page).locator('option', { hasText: 'Plain' })).toHaveCount(1);
  const saved = (await world.ask('GET', '/api/targets')).data.find(({ name }) => name === 'Plain');
  expect([saved.version, saved.target.prompt]).toEqual([2, { system: 'Be brief.', system_mode: 'replace' }]);
  // The run that is set up is not started, and goes.
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await leaveUnsaved(page);
  await page.goto(`/runs/new?set=${made.set}`);
  await again(page).selectOption({ label: 'Plain, version 2: demo/terse, with its own prompt' });
  await expect(page.getByLabel('Text in its place')).toHaveValue('Be brief.');
});

test('a saved target is called otherwise, taken away, and saved again', async ({ page, world, allow }) => {
  const target = { provider: 'demo', model: 'echo', prompt: { system: 'Be kind.' } };
  for (const name of ['Kind', 'Kinder']) await world.ask('POST', '/api/targets', { name, target });
  const names = async () => (await world.ask('GET', '/api/targets')).data.map(({ name, version }) => `${name} ${version}`);
  allow(/status of 409/);
  await open(page, world);
  const saved = panel(page, 'Saved targets');
  const name = saved.getByRole('textbox', { name: 'Name', exact: true });
  const button = page.getByRole('button', { name: 'Saved targets…' });
  await button.click();
  await saved.getByRole('button', { name: 'Rename the target Kind', exact: true }).click();
  await expect(name).toBeFocused();
  await name.fill('Kinder');
  await page.keyboard.press('Enter');
  await expect(saved.getByRole('alert')).toContainText('is taken by another target');
  await look(page, 'new-run-saved');
  await name.fill('Kindest');
  await page.keyboard.press('Enter');
  await expect(saved.locator('.toasts')).toContainText('The target “Kind” is called “Kindest” for everybody, as version 2.');
  await expect(saved.getByText('Kindest, version 2: demo/echo, with its own prompt')).toBeVisible();
  expect(await names()).toEqual(expect.arrayContaining(['Kinder 1', 'Kindest 2']));

  await saved.getByRole('button', { name: 'Delete the target Kinder' }).click();
  await expect(saved.locator('.toasts')).toContainText('The target “Kinder” is gone for everybody.');
  await expect(saved.getByText('Kinder, version')).toHaveCount(0);
  expect(await names()).not.toContain('Kinder 1');
  await page.keyboard.press('Escape');
  await expect(button).toBeFocused();
  await expect(again(page).locator('option', { hasText: 'Kind' })).toHaveText(['Kindest, version 2: demo/echo, with its own prompt']);
  await page.keyboard.press('u');
  await expect(page.locator('.toasts')).toContainText('The target “Kinder” is saved for everybody, as version 1.');
  await again(page).selectOption({ label: 'Kinder, version 1: demo/echo, with its own prompt' });
  await page.getByRole('button', { name: 'Save this target…' }).click();
  await expect(panel(page, 'Save this target').getByLabel('Name'), 'what was taken again is made better').not.toHaveValue('');
});

test('what does not fit is not saved, and whoever may not save is not offered it', async ({ page, world }) => {
  await open(page, world);
  await page.getByText('Template, tools and model settings').click();
  await tools(page).fill('{}');
  await page.getByRole('button', { name: 'Save this target…' }).click();
  await panel(page, 'Save this target').getByLabel('Name').fill('Broken');
  await page.keyboard.press('Enter');
  await expect(panel(page, 'Save this target').getByRole('alert')).toContainText(/write a JSON list of tools/i);

  await page.keyboard.press('Escape');
  await leaveUnsaved(page);
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await leaveUnsaved(page);
  const token = await world.key('read', 'run');
  await page.goto(signInLink({ ...world, token }));
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await page.goto(`/runs/new?set=${made.set}`);
  await expect(page.getByText(/items this run can tell/)).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('button', { name: 'Save this target…' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Saved targets…' })).toHaveCount(0);
});
