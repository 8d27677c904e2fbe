// The log explorer beside its table: values that are included or left out, new logs as they come in, files, and
// requests that are sent again. And growing a set: from an item of a run, and by what the set stands for.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../live/world.mjs';
import { enter, expect, finishRun, importLogs, log, look, makeSet, panel, region, testIn } from './support.js';

const test = testIn();
const run = promisify(execFile);

/** Everything that a shell could take for its own. */
const ODD = `it's "so" $HOME \`id\` $(id) \\ \\n !! %s\n'REQUEST'\nREQUEST\n\tümlaut 日本 🙂 \u202e`;

/** Sends a request through the gateway, which logs it. */
const send = (world, text, feature) =>
  world.ask('POST', '/v1/chat/completions', { model: 'demo/echo', messages: [{ role: 'user', content: text }] }, { headers: { 'x-assay-feature': feature } });

const loggedOf = (world, feature, number) =>
  eventually(async () => {
    const { data } = await world.ask('GET', `/api/logs?feature=${feature}`);
    return data.length >= number && data;
  });

test.beforeEach(async ({ page, world }) => enter(page, world));

test('a click on a value includes it, its other button leaves it out, and chips take both back', async ({ page, world }) => {
  await importLogs(world);
  await page.goto('/logs');
  const rail = page.getByRole('complementary', { name: 'Filters' });
  const features = rail.getByRole('list', { name: 'Feature' });
  const count = page.locator('.matches');
  await expect(count).toContainText('64 logs match');
  await features.getByRole('button', { name: /^support/ }).click();
  const { count: one } = await world.ask('GET', '/api/logs/count?feature=support');
  await expect(count).toContainText(`${one} logs match`);
  await features.getByRole('button', { name: /^code/ }).click();
  await expect(page).toHaveURL('/logs?feature=support&feature=code');
  const { count: both } = await world.ask('GET', '/api/logs/count?feature=support&feature=code');
  await expect(count).toContainText(`${both} logs match`);
  await features.getByRole('button', { name: 'Leave out support' }).click();
  await expect(page).toHaveURL('/logs?feature=code&not.feature=support');
  await expect(features.getByRole('button', { name: 'Leave out support' })).toHaveAttribute('aria-pressed', 'true');
  await rail.getByRole('list', { name: 'Tags' }).getByRole('button', { name: 'Leave out locale: en-GB' }).click();
  await expect(page).toHaveURL(/not\.tag\.locale=en-GB/);
  const chips = page.getByRole('list', { name: 'Chosen' }).getByRole('button');
  await expect(chips).toHaveText(['feature: code ✕', 'feature: not support ✕', 'locale: not en-GB ✕']);
  await page.reload();
  await expect(chips).toHaveCount(3);
  await page.getByRole('button', { name: 'Remove the filter feature: code' }).click();
  await expect(page).toHaveURL('/logs?not.feature=support&not.tag.locale=en-GB');
  await page.goBack();
  await expect(chips).toHaveCount(3);
});

test('logs of a time are chosen by a preset and by days, and the address says which', async ({ page, world }) => {
  const at = (text) => Date.parse(text) / 1000;
  const soon = Math.floor(Date.now() / 1000) - 1_800;
  await importLogs(world, [
    log('On the first?', 'Yes.', { feature: 'days', at: at('2026-03-01T23:59:59Z') }),
    log('On the second?', 'Yes.', { feature: 'days', at: at('2026-03-02T00:00:00Z') }),
    log('Late on the third?', 'Yes.', { feature: 'days', at: at('2026-03-03T23:59:59Z') }),
    log('Just now?', 'Yes.', { feature: 'days', at: soon }),
  ]);
  await page.goto('/logs?feature=days');
  const rows = page.getByRole('table').getByRole('link');
  await expect(rows).toHaveText(['Just now?', 'Late on the third?', 'On the second?', 'On the first?']);
  const when = page.getByRole('combobox', { name: 'When' });
  await when.selectOption('Last hour');
  await expect(page).toHaveURL('/logs?feature=days&range=1h');
  await expect(rows).toHaveText(['Just now?']);
  await when.selectOption('Exact dates…');
  await page.getByLabel('From (UTC)').fill('2026-03-02');
  await page.getByLabel('To (UTC)').fill('2026-03-03');
  await expect(rows, 'both days are in it, whole').toHaveText(['Late on the third?', 'On the second?']);
  await expect(page).toHaveURL(/from=2026-03-02/);
  await page.reload();
  await expect(rows).toHaveText(['Late on the third?', 'On the second?']);
  await expect(page.getByLabel('From (UTC)')).toHaveValue('2026-03-02');
});

test('of logs that match a sample is taken, and what is in the set already is told, nearly the same too', async ({ page, world }) => {
  const words = 'Where is the parcel that I ordered on the third of May, and which I was to have had a week ago? My number is';
  const logs = Array.from({ length: 12 }, (_, n) => log(`${n} ${'abcdefghijkl'[n].repeat(40)}?`, `Answer ${n}.`, { feature: 'sampled' }));
  await importLogs(world, [...logs, log(`${words} 1.`, 'Soon.', { feature: 'alike' }), log(`${words} 2.`, 'Soon.', { feature: 'alike' })]);
  const add = panel(page, 'Add to set');
  const open = async (feature) => {
    await page.goto(`/logs?feature=${feature}`);
    await page.getByRole('button', { name: 'Add to set…' }).click();
  };
  await open('sampled');
  await add.getByRole('spinbutton', { name: 'Size of the sample' }).fill('5');
  await expect(add.getByRole('radio', { name: /^A random sample/ })).toBeChecked();
  await add.getByRole('combobox', { name: 'Set' }).selectOption('A new set…');
  await add.getByLabel('Name of the new set').fill('Sampled');
  await add.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(add.getByText('5 items added to “Sampled”, version 2.')).toBeVisible();

  await open('sampled');
  await add.getByRole('radio', { name: /^All 12/ }).check();
  await add.getByRole('combobox', { name: 'Set' }).selectOption({ label: 'Sampled (5 items)' });
  await add.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(add.getByText('7 items added to “Sampled”, version 3. 5 logs were in it already.')).toBeVisible();

  await open('alike');
  await add.getByRole('combobox', { name: 'Set' }).selectOption({ label: 'Sampled (12 items)' });
  await add.getByRole('checkbox', { name: /^Leave out logs that say nearly the same/ }).check();
  await add.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(add.getByText('1 item added to “Sampled”, version 4. 1 log was in it already, or nearly.')).toBeVisible();
});

test('new logs appear at the top, and wait while something is read', async ({ page, world }) => {
  await page.setViewportSize({ width: 1440, height: 500 });
  await importLogs(world);
  await page.goto('/logs');
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/logs?') && asked.push(Date.now()));
  await page.getByRole('switch', { name: 'Live' }).check();
  await expect(page).toHaveURL('/logs?live=1');
  const first = page.getByRole('row').nth(1);
  await send(world, 'Quokkas, the first', 'tail');
  await expect(first).toContainText('Quokkas, the first');
  await expect(page.locator('.matches')).toContainText(/\d+ logs match/);

  await page.evaluate(() => window.scrollTo(0, 600));
  const seen = page.getByRole('row').nth(12);
  const before = await seen.boundingBox();
  await send(world, 'Quokkas, the second', 'tail');
  await send(world, 'Quokkas, the third', 'tail');
  const news = page.getByRole('button', { name: '2 new logs' });
  await expect(news).toBeAttached({ timeout: 15_000 });
  await expect(page.getByRole('table').getByText('Quokkas, the third')).toHaveCount(0);
  expect(await seen.boundingBox(), 'nothing moved').toEqual(before);
  await news.click();
  await expect(first).toContainText('Quokkas, the third');
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await expect.poll(() => asked.length).toBeGreaterThan(3);
  await page.getByRole('switch', { name: 'Live' }).uncheck();
  await expect(page).toHaveURL('/logs');
  await expect(first, 'what came in stays').toContainText('Quokkas, the third');
  await expect(page.getByRole('list', { name: 'Feature' }).getByRole('listitem').filter({ hasText: 'tail' }), 'and is counted').toContainText('3');
  const pauses = asked.slice(1).map((at, place) => at - asked[place]);
  expect(Math.min(...pauses), 'one request in two seconds').toBeGreaterThan(1_900);
});

test('what is on the screen is saved as a file, safe to open', async ({ page, world }) => {
  await importLogs(world, [log('=HYPERLINK("https://elsewhere.example")', 'No.', { feature: 'files' }), log('Plain', 'Yes.', { feature: 'files' })]);
  await page.goto('/logs?feature=files');
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = panel(page, 'Export logs');
  await expect(dialog).toContainText('The 2 logs that match');
  const save = async (name) => {
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name }).click();
    const file = await download;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
  };
  const table = await save('Save as CSV');
  expect(table.name).toMatch(/^logs-.*\.csv$/);
  expect(table.text.split('\r\n')).toHaveLength(4);
  expect(table.text).toContain(`"'=HYPERLINK(""https://elsewhere.example"")"`);
  const lines = await save('Save as JSON lines');
  const rows = lines.text.trim().split('\n').map((line) => JSON.parse(line));
  expect(rows.map((row) => row.request_preview).sort()).toEqual(['=HYPERLINK("https://elsewhere.example")', 'Plain']);
});

test('a request is sent again as curl, Python and JavaScript', async ({ page, world, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await send(world, ODD, 'again');
  const [logged] = await loggedOf(world, 'again', 1);
  await page.goto(`/logs?open=${logged.id}`);
  const dialog = panel(page, 'Log');
  const folder = await mkdtemp(join(tmpdir(), 'assay-again-'));
  const env = { ...process.env, ASSAY_KEY: world.token };
  const ways = { curl: ['sh', 'again.sh'], Python: [process.env.PYTHON_OF_SDKS || 'python3', 'again.py'], JavaScript: [process.execPath, 'again.mjs'] };
  let number = 1;
  for (const [name, [program, file]] of Object.entries(ways)) {
    await dialog.getByRole('button', { name, exact: true }).click();
    await dialog.getByRole('button', { name: `Copy as ${name}` }).click();
    await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(text).not.toContain(world.token);
    await writeFile(join(folder, file), text);
    const { stdout } = await run(program, [join(folder, file)], { env, cwd: folder });
    expect(stdout).toContain('chat.completion');
    number += 1;
    const all = await loggedOf(world, 'again', number);
    const whole = await world.ask('GET', `/api/logs/${all[0].id}`);
    expect(whole.request.messages, `${name} says the same`).toEqual([{ role: 'user', content: ODD }]);
  }
  await rm(folder, { recursive: true });
});

test('a failing item goes into another set in two clicks, and a feature that a set has nothing of as a sample', async ({ page, world, allow }) => {
  const now = Math.floor(Date.now() / 1000) - 3_600;
  const logs = (feature, number) => Array.from({ length: number }, (_, place) => log(`Question ${place} of ${feature}?`, `Answer ${place}.`, { feature, at: now + place }));
  await importLogs(world, [...logs('billing', 6), ...logs('returns', 14)]);
  const set = await makeSet(world, 'Billing', { feature: 'billing' });
  const made = await finishRun(world, set);
  await makeSet(world, 'Regressions', { feature: 'billing', q: 'nothing-has-this-word' });

  await test.step('from the run', async () => {
    await page.goto(`/runs/${made.id}?show=all`);
    await region(page, 'Items, the worst first').getByRole('listitem').first().getByRole('link').click();
    await panel(page, 'Item').getByRole('button', { name: 'Add to set…' }).click();
    const add = panel(page, 'Add to set');
    await expect(add.getByRole('combobox', { name: 'Set' })).toContainText('Regressions');
    await add.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(add.getByText('1 item added to “Regressions”, version 2')).toBeVisible();
  });

  await test.step('by what the set stands for', async () => {
    allow(/500/);
    await page.route('**/coverage', (route) => route.fulfill({ status: 500, body: 'no' }));
    await page.goto(`/sets/${set}`);
    await expect(page.getByText("What part of last week's traffic these items stand for did not load.")).toBeVisible();
    await page.unroute('**/coverage');
    await page.getByRole('button', { name: 'Try again' }).click();
    const coverage = region(page, 'Coverage');
    await expect(coverage).toContainText(/None for .*returns \(14\)/);
    await coverage.getByText('By feature, and what to add').click();
    await coverage.getByRole('button', { name: 'Add a sample of returns: 10 logs' }).click();
    await expect(page.getByText('10 items added; the set is now version 3.')).toBeVisible();
    await expect(coverage).not.toContainText('returns (14)');
    const items = await world.ask('GET', `/api/sets/${set}/items?limit=200`);
    expect(items.data.filter((item) => item.feature === 'returns')).toHaveLength(10);
  });

  await test.step('by what nobody named a feature for', async () => {
    for (const text of ['One', 'Two', 'Three']) {
      await world.ask('POST', '/v1/chat/completions', { model: 'demo/echo', messages: [{ role: 'user', content: `${text} without a name` }] });
    }
    await eventually(async () => (await world.ask('GET', '/api/logs/count?feature=')).count === 3);
    await page.goto('/logs');
    await page.getByRole('list', { name: 'Feature' }).getByRole('button', { name: /^\(no feature\) ?3$/ }).click();
    await expect(page).toHaveURL('/logs?feature=');
    await expect(page.locator('.matches')).toContainText('3 logs match');
    const chips = page.getByRole('list', { name: 'Chosen' }).getByRole('button');
    await expect(chips).toHaveText(['no feature ✕']);
    await page.getByRole('list', { name: 'Feature' }).getByRole('button', { name: 'Leave out (no feature)' }).click();
    await expect(page).toHaveURL('/logs?not.feature=');
    await expect(chips).toHaveText(['any feature ✕']);
    await look(page, 'no-feature');

    await page.goto(`/sets/${set}`);
    const coverage = region(page, 'Coverage');
    await expect(coverage).toContainText('logs without a feature (3)');
    await coverage.getByText('By feature, and what to add').click();
    await coverage.getByRole('button', { name: 'Add a sample of logs without a feature: 3 logs' }).click();
    await expect(page.getByText('3 items added; the set is now version 4.')).toBeVisible();
    const items = await world.ask('GET', `/api/sets/${set}/items?limit=200`);
    expect(items.data.filter((item) => item.feature === null)).toHaveLength(3);
  });
});
