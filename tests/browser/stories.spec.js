// What people come for, by clicking alone: the one who knows what good looks like, and the one who keeps it running.
// The engineer's way is in `main_job`, and all of them by keyboard in `keyboard`.

import { eventually } from '../live/world.mjs';
import { expect, finishRun, importLogs, makeSet, panel, region, signIn, testIn } from './support.js';

const test = testIn();

const main = (page) => page.getByRole('navigation', { name: 'Main' });
const rows = (page, name) => page.getByRole('table', { name }).getByRole('row').filter({ has: page.locator('td') });

test('the support lead finds a bad answer, disagrees with the judge, and sees what that says of it', async ({ page, world }) => {
  await importLogs(world);
  const set = await makeSet(world, 'Support answers', { feature: 'support' });
  const run = await finishRun(world, set, { name: 'Newest' });
  await signIn(page, world);

  await test.step('filter the logs of a feature, and read an answer', async () => {
    await main(page).getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('list', { name: 'Feature' }).getByRole('button', { name: /^support/ }).click();
    await expect(page).toHaveURL(/feature=support/);
    await expect(rows(page, 'Logs').first()).toContainText('support');
    await page.getByLabel('Search', { exact: true }).fill('order');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/q=order/);
    await rows(page, 'Logs').first().getByRole('link').click();
    const log = panel(page, 'Log');
    await expect(log.getByRole('heading', { name: 'Response', exact: true })).toBeVisible();
    await expect(log.getByRole('link', { name: 'Support answers' }), 'it is in the set').toBeVisible();
    await log.getByRole('link', { name: 'Support answers' }).click();
    await expect(page).toHaveURL(`/sets/${set}`);
  });

  await test.step('open the run, and the worst item of it', async () => {
    await page.getByRole('link', { name: 'Runs', exact: true }).last().click();
    await page.getByRole('link', { name: 'Newest' }).click();
    await expect(page).toHaveURL(`/runs/${run.id}`);
    const items = region(page, 'Items, the worst first');
    await items.getByRole('button', { name: /^All/ }).click();
    await items.getByRole('listitem').first().getByRole('link').click();
    const item = panel(page, 'Item');
    await expect(item.getByRole('heading', { name: 'What the judge says' })).toBeVisible();
  });

  await test.step('disagree with the judge, and say why', async () => {
    const item = panel(page, 'Item');
    await item.getByLabel(/^Why\?/).fill('It answers another question.');
    const level = item.getByRole('button', { name: 'Helpful: level 0' });
    await level.click();
    await expect(level).toHaveAttribute('aria-pressed', 'true');
    await expect(item.getByText('It answers another question.')).toBeVisible();
    const open = new URL(page.url()).searchParams.get('open');
    const { labels } = await world.ask('GET', `/api/runs/${run.id}/results/${open}`);
    expect(labels).toMatchObject([{ criterion: 'Helpful', level: 0, note: 'It answers another question.' }]);
    await item.getByRole('button', { name: /Next/ }).click();
    await item.getByRole('button', { name: 'The response as a whole: ✗ fail' }).click();
    await expect(item.getByRole('button', { name: 'The response as a whole: ✗ fail' })).toHaveAttribute('aria-pressed', 'true');
    await item.getByRole('button', { name: 'Close' }).click();
    await expect(item).toHaveCount(0);
  });

  await test.step('see how good the judge is, and go on with what is drawn', async () => {
    await page.getByRole('link', { name: 'how good is it?' }).click();
    await expect(page.getByRole('region', { name: 'Standing' })).toBeVisible();
    await expect(page.getByRole('table', { name: 'What both say' })).toBeVisible();
    const queue = region(page, 'Label these next');
    await queue.getByRole('link').first().click();
    const item = panel(page, 'Item');
    await item.getByRole('button', { name: 'Helpful: level 5' }).click();
    await expect(item.getByRole('button', { name: 'Helpful: level 5' })).toHaveAttribute('aria-pressed', 'true');
  });
});

test('the platform owner connects a provider, gives out a key, and sees what passes and what does not', async ({ page, world }) => {
  await signIn(page, world);
  await main(page).getByRole('link', { name: 'Settings' }).click();

  await test.step('add a provider, and test it', async () => {
    await page.getByRole('button', { name: 'Add a provider…' }).click();
    const form = panel(page, 'Add a provider');
    await form.getByLabel('Name').fill('shop');
    await form.getByLabel('Address').fill(world.provider.base_url);
    await form.getByLabel('API key').fill('sk-own-0001');
    await form.getByLabel('Models, one a line').fill('scripted 1 2');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toHaveCount(0);
    await page.getByRole('button', { name: 'Test shop' }).click();
    await expect(page.getByText(/^✓ answered/)).toBeVisible();
  });

  const token = await test.step('make a key that may send requests alone', async () => {
    await page.getByRole('button', { name: 'New key…' }).click();
    const form = panel(page, 'New access key');
    await form.getByLabel('Name').fill('Shop');
    await expect(form.getByRole('checkbox', { name: /^ingest/ })).toBeChecked();
    await form.getByRole('button', { name: 'Make the key' }).click();
    const token = await form.getByLabel('Token').innerText();
    await form.getByRole('button', { name: 'Close' }).click();
    await expect(page.getByRole('row', { name: /Shop ingest/ })).toBeVisible();
    expect((await world.api('GET', '/api/logs', undefined, { token })).status, 'it reads nothing').toBe(403);
    return token;
  });

  await test.step('say for how long logs are kept', async () => {
    await page.getByLabel('Keep logs for (days)').fill('30');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await panel(page, 'Delete older logs?').getByRole('button', { name: 'Save, and delete older logs' }).click();
    await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  });

  await test.step('see at the gateway what was answered and what was not', async () => {
    const ask = (model) => world.api('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Is it up?' }], metadata: { feature: 'shop' } }, { token });
    expect((await ask('shop/scripted')).status).toBe(200);
    expect((await ask('shop/scripted@500')).status).toBeGreaterThanOrEqual(500);
    await eventually(async () => (await world.ask('GET', '/api/logs?feature=shop')).data.length === 2);
    await main(page).getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('list', { name: 'Feature' }).getByRole('button', { name: /^shop/ }).click();
    await expect(rows(page, 'Logs')).toHaveCount(2);
    await page.getByRole('list', { name: 'Outcome' }).getByRole('button', { name: /^(?!answered|Leave)/ }).first().click();
    await expect(page).toHaveURL(/outcome=/);
    await expect(rows(page, 'Logs')).toHaveCount(1);
    await rows(page, 'Logs').first().getByRole('link').click();
    const log = panel(page, 'Log');
    await expect(log.locator('.facts')).toContainText(/Provider ?shop/);
    await expect(log.locator('.facts')).toContainText(/Status ?5\d\d/);
    await page.keyboard.press('Escape');
  });

  await test.step('read who did what, and that nothing of it was tampered with', async () => {
    await main(page).getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Show the audit').click();
    const audit = region(page, 'Audit');
    await expect(audit.getByRole('status').filter({ hasText: 'The chain holds' })).toBeVisible();
    for (const done of ['make an access key', 'add a provider', 'change what is kept']) {
      await expect(audit.getByRole('row').filter({ hasText: done }).first()).toContainText('done');
    }
  });

  await test.step('take the key back', async () => {
    await page.getByRole('button', { name: 'Revoke Shop' }).click();
    await panel(page, 'Revoke the key?').getByRole('button', { name: /^Revoke/ }).click();
    await expect(page.getByRole('row', { name: /Shop ingest/ })).toHaveCount(0);
  });
});
