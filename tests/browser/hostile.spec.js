// Text by models and users is text: whatever it holds, nothing of it runs, loads or leads away.

import { enter, expect, finishRun, log, panel, region, testIn } from './support.js';

const test = testIn();

const HOSTILE = [
  '<script>globalThis.ran = true</script><style>body { display: none }</style>',
  '<img src=x onerror="globalThis.ran = true"><img src="https://elsewhere.example/seen.png">',
  '<a href="javascript:globalThis.ran = true">Click</a> [Click](javascript:globalThis.ran=true) ![seen](https://elsewhere.example/seen.png)',
  '<iframe src="https://elsewhere.example/"></iframe><svg onload="globalThis.ran = true"></svg>{{constructor.constructor("globalThis.ran = true")()}}',
  'the \u202egnorw\u202c way, \u2066left\u2069 and \u200bunseen, \u0007\u001b[31mred',
].join('\n');
const LONG = 'https://elsewhere.example/'.padEnd(200_000, 'a');
const QUESTION = `Repeat: ${HOSTILE}`;
const ANSWER = `${HOSTILE}\n${LONG}`;

/** What would have been made of the text if it were not text. */
const MADE = 'main :is(script, style, img, iframe, object, embed), dialog :is(script, style, img, iframe, object, embed), a[href*="elsewhere"], a[href^="javascript"], [onerror], [onload]';

async function nothingRan(page) {
  await expect(page.locator(MADE)).toHaveCount(0);
  expect(await page.evaluate(() => globalThis.ran)).toBe(undefined);
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(scrollWidth, 'the page does not scroll sideways').toBeLessThanOrEqual(clientWidth);
}

/** The text of an element as it is in the page, with every character. */
const textOf = (locator) => locator.evaluate((element) => element.textContent);

test('a hostile response is shown as text, in the log and in the item of a run', async ({ page, world }) => {
  await enter(page, world);

  await test.step('import it', async () => {
    await page.goto('/logs');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Import a file…' }).click();
    const buffer = Buffer.from(JSON.stringify(log(QUESTION, ANSWER, { feature: '<b onclick="globalThis.ran = true">bold</b>' })));
    await (await chooser).setFiles({ name: 'hostile.jsonl', mimeType: 'application/jsonl', buffer });
    await expect(page.getByText('1 log matches')).toBeVisible();
    await page.reload();
    await expect(page.getByRole('table').getByText('<b onclick="globalThis.ran = true">bold</b>')).toBeVisible();
    await nothingRan(page);
  });

  await test.step('read it in the log', async () => {
    await page.getByRole('table').getByRole('link').click();
    const dialog = panel(page, 'Log');
    await expect(dialog.getByRole('heading', { name: 'Response', exact: true })).toBeVisible();
    await expect.poll(() => textOf(dialog)).toContain(QUESTION);
    await dialog.getByRole('button', { name: /^Show all 200,\d{3} characters$/ }).click();
    await expect.poll(() => textOf(dialog)).toContain(LONG);
    await expect(dialog.getByRole('button', { name: 'Show less' })).toBeVisible();
    await dialog.getByText('Response JSON').click();
    await nothingRan(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  });

  await test.step('read it in the item of a run that repeats it', async () => {
    const set = await world.ask('POST', '/api/sets', { name: '<i>Set</i>', criteria: [{ name: '<u>Kept</u>', question: 'Is it kept?' }] });
    await world.ask('POST', `/api/sets/${set.id}/items`, { filter: {} });
    const run = await finishRun(world, set.id, { name: '<img src=x onerror="globalThis.ran = true">' });
    await page.goto(`/runs/${run.id}?show=all`);
    await expect(page.getByRole('heading', { name: '<img src=x onerror="globalThis.ran = true">' })).toBeVisible();
    const items = region(page, 'Items, the worst first').getByRole('listitem');
    await expect(items.first()).toContainText('<script>globalThis.ran = true</script>');
    await nothingRan(page);
    await items.first().getByRole('link').click();
    const dialog = panel(page, 'Item');
    await expect(dialog.getByRole('heading', { name: 'New response' })).toBeVisible();
    await expect.poll(() => textOf(dialog.locator('.sides'))).toContain(HOSTILE.split('\n')[1]);
    await dialog.getByRole('button', { name: /^Show all 200,\d{3} characters$/ }).click();
    await expect.poll(() => textOf(dialog)).toContain(LONG);
    await nothingRan(page);
  });
});
