// Webhooks in the settings: one is made, tried, told of a run, changed and deleted; what became of it is said.

import { startReceiver } from '../live/receiver.mjs';
import { enter, expect, finishRun, importLogs, look, makeSet, panel, region, testIn } from './support.js';

const test = testIn();

let receiver;

test.beforeEach(async ({ page, world }) => {
  receiver = await startReceiver();
  await enter(page, world);
});
test.afterEach(() => receiver.close());

/** Opens the section, and gives it. */
async function open(page) {
  await page.goto('/settings');
  const webhooks = region(page, 'Webhooks');
  await webhooks.getByText('Show the webhooks').click();
  return webhooks;
}

test('a webhook is made, tried, told of a run, changed and deleted', async ({ page, world, allow }) => {
  // The form is sent once with what the service refuses.
  allow(/status of 422/);
  const webhooks = await open(page);
  await expect(webhooks.getByText('No webhooks yet: nobody is told.')).toBeVisible();
  await look(page, 'webhooks-empty');

  await webhooks.getByRole('button', { name: 'Add a webhook…' }).click();
  const form = panel(page, 'Add a webhook');
  await form.getByLabel('Name').fill('Deploy');
  await form.getByLabel('Address').fill('http://ci.example.com/hook');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByText('An address must begin with https://, so that nothing is sent in the clear.').first()).toBeVisible();
  await form.getByLabel('Address').fill(receiver.url);
  await form.getByRole('checkbox', { name: /^run\.finished/ }).uncheck();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('Choose at least one.').first()).toBeVisible();
  await form.getByRole('checkbox', { name: /^run\.finished/ }).check();
  await form.getByRole('button', { name: 'Save' }).click();
  const secret = form.getByLabel('Secret');
  await expect(secret).toHaveText(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await expect(form.getByText('Copy the secret now: it is shown only once.')).toBeVisible();
  await look(page, 'webhook-secret');
  await form.getByRole('button', { name: 'Done' }).click();
  await expect(form).toHaveCount(0);

  const card = webhooks.getByRole('listitem');
  await expect(card).toContainText(`Told when a run is over · ${receiver.url}`);
  await expect(card).toContainText('Nothing was sent in the last 30 days.');
  receiver.answers(204, 500);
  await card.getByRole('button', { name: 'Test Deploy' }).click();
  await expect(card.getByRole('status')).toContainText(/✓ taken It answered with 204 in \d+ ms\./);
  await card.getByRole('button', { name: 'Test Deploy' }).click();
  await expect(card.getByRole('status')).toContainText('✗ not taken It answered 500.');

  await importLogs(world);
  const set = await makeSet(world, 'Told', { feature: 'code' });
  receiver.answers(410);
  const { id: run } = await finishRun(world, set);
  await expect.poll(() => receiver.letters.length).toBe(3);
  await open(page);
  await expect(card).toContainText(/✗ given up that a run was over, (just now|\d+ s ago) after 1 try\. It answered 410\./);
  await look(page, 'webhooks-given-up');
  receiver.answers(200);
  await finishRun(world, set, { target: { provider: 'demo', model: 'terse' } });
  await expect.poll(() => receiver.letters.length).toBe(4);
  await open(page);
  await expect(card).toContainText(/✓ delivered that a run was over, (just now|\d+ s ago), answered 200/);
  await expect(card.getByRole('link', { name: 'The run' })).not.toHaveAttribute('href', `/runs/${run}`);

  await card.getByRole('button', { name: 'Edit Deploy' }).click();
  const edit = panel(page, 'Edit webhook');
  await edit.getByRole('checkbox', { name: /^run\.paused/ }).check();
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit).toHaveCount(0);
  await expect(card).toContainText('Told when a run is over, or when a run is paused');
  await card.getByRole('button', { name: 'Edit Deploy' }).click();
  await edit.getByRole('checkbox', { name: /^Draw a new secret/ }).check();
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit.getByLabel('Secret', { exact: true })).toHaveText(/^whsec_/);
  await edit.getByRole('button', { name: 'Done' }).click();

  await card.getByRole('button', { name: 'Delete Deploy' }).click();
  const confirm = panel(page, 'Delete the webhook?');
  await expect(confirm).toContainText('“Deploy” is told nothing more');
  await confirm.getByRole('button', { name: 'Delete webhook' }).click();
  await expect(card).toHaveCount(0);
  expect((await world.ask('GET', '/api/webhooks')).data).toEqual([]);
});

test('a list that does not come says so, and comes when it is asked for again', async ({ page, allow }) => {
  allow(/status of 500/);
  const problem = { type: '/problems/internal', title: 'Something went wrong', status: 500, detail: 'something went wrong here' };
  await page.route('**/api/webhooks', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem }));
  const webhooks = await open(page);
  await expect(webhooks.getByRole('alert')).toContainText('omething went wrong');
  await page.unroute('**/api/webhooks');
  await webhooks.getByRole('button', { name: /again/i }).click();
  await expect(webhooks.getByText('No webhooks yet: nobody is told.')).toBeVisible();
});
