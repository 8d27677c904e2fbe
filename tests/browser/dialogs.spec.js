// The dialogs that no other file looks at, in both themes and at every width: what they ask, and that they can be left.

import { enter, expect, finishRun, importLogs, log, look, makeSet, panel, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  made.set = await makeSet(world, 'Support answers', { feature: 'support' });
  made.run = (await finishRun(world, made.set)).id;
  const author = await world.key('read', 'run');
  const { data } = await world.ask('GET', `/api/runs/${made.run}/results`);
  made.item = data[0].item_id;
  await world.ask('PUT', '/api/labels', { run_id: made.run, item_id: made.item, pass: true }, { token: author });
  const { base_url } = world.provider;
  await world.ask('POST', '/api/providers', { name: 'spare', protocol: 'openai', base_url, api_key: 'sk-spare-0001', models: [] });
  await world.ask('POST', '/api/webhooks', { name: 'Deploy', url: `${base_url}/hook`, events: ['run.finished'] });
  await world.key('ingest');
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const press = (name) => (page) => page.getByRole('button', { name }).first().click();

/** The dialogs: where each is opened, by what, and what it is called. */
const DIALOGS = {
  'delete-set': [() => `/sets/${made.set}`, press('Delete set…'), 'Delete the set?'],
  'edit-provider': [() => '/settings', press('Edit spare'), 'Edit provider'],
  'delete-provider': [() => '/settings', press('Delete spare'), 'Delete the provider?'],
  'new-key': [() => '/settings', press('New key…'), 'New access key'],
  'revoke-key': [() => '/settings', press('Revoke ingest'), 'Revoke the key?'],
  'add-webhook': [
    () => '/settings',
    async (page) => {
      await page.getByText('Show the webhooks').click();
      await page.getByRole('button', { name: 'Add a webhook…' }).click();
    },
    'Add a webhook',
  ],
  'delete-webhook': [
    () => '/settings',
    async (page) => {
      await page.getByText('Show the webhooks').click();
      await page.getByRole('button', { name: 'Delete Deploy' }).click();
    },
    'Delete the webhook?',
  ],
  'export-logs': [() => '/logs', press('Export…'), 'Export logs'],
  'withdraw-label': [() => `/runs/${made.run}?show=all&open=${made.item}`, press(/^Withdraw ✓ pass by/), 'Withdraw the label?'],
};

for (const [name, [path, open, title]] of Object.entries(DIALOGS)) {
  test(`${title} is fit for everybody, and left by Escape`, async ({ page }) => {
    await page.goto(path());
    await open(page);
    await expect(panel(page, title)).toBeVisible();
    await page.waitForLoadState('networkidle');
    await look(page, `dialog-${name}`);
    await page.keyboard.press('Escape');
    await expect(panel(page, title)).toHaveCount(0);
  });
}

test('a key that was made, and lines that an import did not take, are fit for everybody', async ({ page }) => {
  await page.goto('/settings');
  await page.getByRole('button', { name: 'New key…' }).click();
  const form = panel(page, 'New access key');
  await form.getByLabel('Name').fill('Shop');
  await form.getByRole('button', { name: 'Make the key' }).click();
  await expect(form.getByLabel('Token')).toHaveText(/^asy_/);
  await look(page, 'dialog-key-made');

  await page.goto('/logs');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import a file…' }).click();
  const lines = [JSON.stringify(log('Taken?', 'Yes.')), 'not JSON', '{"neither": "request nor answer"}'];
  await (await chooser).setFiles({ name: 'some.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(lines.join('\n')) });
  await expect(panel(page, 'Import').getByRole('table')).toContainText('Lines that were not taken.');
  await look(page, 'dialog-import');
});
