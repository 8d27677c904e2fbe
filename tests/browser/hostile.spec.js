// Text by models and users is text: whatever it holds, nothing of it runs, loads or leads away.

import { verdict } from '../live/provider.mjs';
import { enter, expect, finishRun, log, makeSet, panel, region, testIn } from './support.js';

const test = testIn();

const HOSTILE = [
  '<script>globalThis.ran = true</script><style>body { display: none }</style>',
  '<img src=x onerror="globalThis.ran = true"><img src="https://elsewhere.example/seen.png">',
  '<a href="javascript:globalThis.ran = true">Click</a> [Click](javascript:globalThis.ran=true) ![seen](https://elsewhere.example/seen.png)',
  '<iframe src="https://elsewhere.example/"></iframe><svg onload="globalThis.ran = true"></svg>{{constructor.constructor("globalThis.ran = true")()}}',
  'the \u202egnorw\u202c way, \u2066left\u2069 and \u200bunseen, \u0007\u001b[31mred',
].join('\n');
/** The same, as it is shown: what nobody would see is written out, what colors a terminal is left out. */
const SHOWN = HOSTILE.replace(/[\u200b\u202c\u202e\u2066\u2069]/g, (sign) => `⟨U+${sign.charCodeAt(0).toString(16).toUpperCase()}⟩`)
  .replace('\u0007', '␇')
  .replace('\u001b[31m', '');
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
    await expect.poll(() => textOf(dialog)).toContain(`Repeat: ${SHOWN}`);
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

test('previews write out what nobody would see, and a row stays as high as any', async ({ page, world }) => {
  await enter(page, world);
  const [hidden, plain] = [`\u202epay\u202c ${'\u200b'.repeat(150)}all`, 'word '.repeat(60)];
  for (const text of [hidden, plain]) {
    await world.ask('POST', '/api/logs/import', JSON.stringify(log(text, `Of course: ${text}`, { feature: 'hidden' })));
  }
  const set = await makeSet(world, 'Hidden', { feature: 'hidden' });
  const run = await finishRun(world, set);
  const seen = /⟨U\+202E⟩pay⟨U\+202C⟩ ⟨U\+200B⟩/;
  for (const [path, rows] of [
    ['/logs?feature=hidden', () => page.getByRole('table').getByRole('row').filter({ has: page.locator('td') })],
    [`/sets/${set}`, () => page.locator('table.rows').getByRole('row').filter({ has: page.locator('td') })],
    [`/runs/${run.id}?show=all`, () => region(page, 'Items, the worst first').getByRole('listitem')],
  ]) {
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(path);
      const row = rows().filter({ hasText: seen });
      await expect(row.getByRole('link')).toHaveText(seen);
      expect(await textOf(row)).not.toMatch(/[\u200b\u202c\u202e]/);
      // What the judge says stands under a result, in as many lines as it takes.
      if (!path.startsWith('/runs')) {
        const heights = () => rows().evaluateAll((rows) => new Set(rows.map((row) => Math.round(row.getBoundingClientRect().height))).size);
        await expect.poll(heights, `${path} at ${width}`).toBe(1);
      }
      await nothingRan(page);
    }
  }
});

/** A word that hides something, turns around what follows it, and colors a terminal; and as it is shown. */
const odd = (word) => `${word}\u202eecila\u202c\u200b\u001b[31mred`;
const written = (word) => `${word}⟨U+202E⟩ecila⟨U+202C⟩⟨U+200B⟩red`;

/** Everything that a page says with signs that nobody sees: texts, names of controls, hints, its own title. */
const unseen = (page) =>
  page.evaluate(() => {
    const said = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
      else said.push(...['aria-label', 'title', 'label', 'placeholder'].map((name) => node.getAttribute(name) ?? ''));
    }
    return said.filter((text) => /[\0-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]/.test(text));
  });

test('names and what the judge says are written out wherever they stand', async ({ page, world }) => {
  await enter(page, world);
  world.provider.script((call) => {
    if (call.judge) return { content: verdict(1, { reasoning: odd('Reasoned'), evidence: [{ from: 'candidate', quote: odd('Said') }] }) };
    return { content: odd('Said') };
  });
  const calls = [{ id: 'c1', type: 'function', function: { name: odd('tool'), arguments: `{"${odd('key')}": "${odd('value')}"}` } }];
  const records = ['One', 'Two'].map((word) => {
    const record = log(`${word} ${odd('question')}`, odd('answer'), { feature: odd('feature') });
    record.request.model = odd('model');
    record.request.user = odd('user');
    record.request.metadata[odd('tag')] = odd('plan');
    record.response.choices[0].message.tool_calls = calls;
    return record;
  });
  await world.ask('POST', '/api/logs/import', records.map((record) => JSON.stringify(record)).join('\n'));
  const feature = encodeURIComponent(odd('feature'));
  const { data: logs } = await world.ask('GET', `/api/logs?feature=${feature}`);
  expect(logs.length).toBe(2);
  const criteria = [{ name: odd('Criterion'), question: odd('Is it?') }];
  const set = await makeSet(world, odd('Set'), { feature: odd('feature') }, criteria);
  const item = (await world.ask('GET', `/api/sets/${set}/items`)).data[0].id;
  const scripted = (model) => ({ target: { provider: 'scripted', model }, judge: { provider: 'scripted', model: 'judge' } });
  const base = await finishRun(world, set, { name: odd('Base'), ...scripted('scripted') });
  const run = await finishRun(world, set, { name: odd('Run'), ...scripted('scripted-2') });
  await world.ask('PUT', '/api/labels', { run_id: run.id, item_id: item, pass: true, note: odd('Note') });
  await world.ask('POST', '/api/views', { name: odd('View'), address: '/runs' });
  await world.ask('POST', '/api/keys', { name: odd('Key'), scopes: ['read'] });
  await world.ask('POST', '/api/targets', { name: odd('Target'), target: scripted('scripted').target });

  const both = `/compare?base=${base.id}&candidate=${run.id}&show=both_fail`;
  for (const [path, ...words] of [
    ['/', 'Set'],
    ['/logs', 'feature', 'model', 'question', 'answer', 'tag'],
    [`/logs?feature=${feature}`, 'feature'],
    [`/logs?open=${logs[0].id}`, 'question', 'answer', 'tool', 'key', 'value', 'user', 'plan', 'Set'],
    ['/logs?add=new', 'feature'],
    ['/sets', 'Set'],
    [`/sets/${set}`, 'Set', 'feature', 'question', 'answer'],
    [`/sets/${set}?open=${item}`, 'tool', 'tag', 'plan', 'feature'],
    [`/sets/${set}?part=criteria`, 'Criterion'],
    [`/sets/${set}?part=runs`, 'Run', 'Base'],
    [`/sets/${set}?part=versions`, 'Set'],
    ['/runs', 'Run', 'Base', 'Set'],
    [`/runs/new?set=${set}`, 'Set', 'Target'],
    [`/runs/${run.id}?show=all`, 'Run', 'Set', 'feature', 'question', 'Said', 'Reasoned', 'Criterion'],
    [`/runs/${run.id}?show=all&slice.feature=${feature}`, 'feature'],
    [`/runs/${run.id}?show=all&open=${item}`, 'feature', 'question', 'Said', 'Reasoned', 'Criterion', 'Note'],
    [both, 'Run', 'Base', 'feature', 'question', 'Said'],
    [`${both}&open=${item}`, 'feature', 'question', 'Said', 'Reasoned', 'Criterion'],
    [`/judges/${run.judge_version}?run=${run.id}`, 'question', 'Said', 'Run'],
    [`/judges/${run.judge_version}?run=${run.id}&open=${item}`, 'Reasoned', 'Criterion', 'Note'],
    ['/settings', 'Key'],
  ]) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    for (const word of words) await expect.soft(page.locator('body'), `${word} at ${path}`).toContainText(written(word));
    expect.soft(await unseen(page), path).toEqual([]);
    await nothingRan(page);
  }

  await test.step('in groups of failures', async () => {
    await page.goto(`/runs/${run.id}`);
    const common = region(page, 'What the failures have in common');
    await common.getByRole('button', { name: 'Group the failures' }).click();
    await expect(common.getByRole('heading', { name: 'What the judge says of them' })).toBeVisible();
    expect.soft(await unseen(page)).toEqual([]);
  });

  await test.step('in menus, too', async () => {
    await page.goto('/runs');
    await page.getByRole('button', { name: 'Views' }).click();
    await expect(page.getByRole('link', { name: written('View') })).toBeVisible();
    expect.soft(await unseen(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('option', { name: written('Run') })).toBeVisible();
    expect.soft(await unseen(page)).toEqual([]);
  });
});

/** Everything that Markdown could be talked into, a paragraph each. */
const markdown = (own) => [
  '# Title, **strong** and `code`',
  '![a picture][pic] ![another](https://elsewhere.example/inline.png)',
  '[pic]: https://elsewhere.example/reference.png',
  '<img srcset="https://elsewhere.example/a.png 2x" src="https://elsewhere.example/b.png" onerror="globalThis.ran = true">',
  '<svg onload="globalThis.ran = true"><image href="https://elsewhere.example/c.svg"/></svg>',
  '<style>@import url("https://elsewhere.example/d.css");</style>',
  '<math><mtext><a xlink:href="javascript:globalThis.ran = true">sum</a></mtext></math>',
  '<script>globalThis.ran = true</script>',
  '[runs](javascript:globalThis.ran=true) [holds](data:text/html,<script>globalThis.ran=true</script>)',
  `[shown](https://elsewhere.example/a/long/path?q=1) [foreign](https://еxample.org/) [ours](${own}/sign-in#token=theirs)`,
  '```html\n<script>globalThis.ran = true</script>\n```',
  '| a | b |\n|---|---|\n| <b>1</b> | 2 |',
  'the \u202egnorw\u202c way, \u200bunseen, &#x202e;by number, \u001b[31mred',
].join('\n\n');

/** What must answer within a moment, whatever was drawn before it. */
const MOMENT = 5_000;

test('Markdown is drawn of what may be shown, and nothing leaves the page', async ({ page, world }) => {
  await enter(page, world);
  const texts = { odd: markdown(world.url), line: 'word '.repeat(210_000).trim(), nested: `${'- '.repeat(10_000)}deep`, quoted: `${'> '.repeat(10_000)}deep` };
  for (const [feature, text] of Object.entries(texts)) {
    await world.ask('POST', '/api/logs/import', JSON.stringify(log(`What of ${feature}?`, text, { feature })));
  }
  const open = async (feature) => {
    const { data } = await world.ask('GET', `/api/logs?feature=${feature}`);
    await page.goto(`/logs?open=${data[0].id}`);
    const dialog = panel(page, 'Log');
    await expect(dialog.getByRole('button', { name: 'Markdown' })).toBeVisible();
    return dialog;
  };

  await test.step('as text, and then as Markdown', async () => {
    const dialog = await open('odd');
    await expect.poll(() => textOf(dialog)).toContain('<style>@import url("https://elsewhere.example/d.css");</style>');
    await nothingRan(page);
    await dialog.getByRole('button', { name: 'Markdown' }).click();
    const drawn = dialog.locator('.markdown');
    await expect(drawn.locator('.title').first()).toHaveText('Title, strong and code');
    await expect(drawn.locator('strong')).toHaveText('strong');
    await expect(drawn.locator(':is(script, style, img, image, svg, math, iframe, object, embed, [onerror], [onload], [srcset])')).toHaveCount(0);
    const text = await textOf(drawn);
    for (const part of ['![a picture](https://elsewhere.example/reference.png)', '<img srcset=', '<style>@import', '<math>', '[runs](javascript:', '[holds](data:', `(${world.url}/sign-in#token=theirs)`, '⟨U+202E⟩gnorw', '⟨U+202E⟩by number', 'unseen', '<b>1</b>']) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/[\u200b\u202e\u001b]/);
    const links = await drawn.locator('a').evaluateAll((links) => links.map((link) => [link.href, link.rel, link.target]));
    const rel = 'noopener noreferrer nofollow';
    expect(links).toEqual([
      ['https://elsewhere.example/a/long/path?q=1', rel, '_blank'],
      ['https://xn--xample-2of.org/', rel, '_blank'],
    ]);
    for (const [href] of links) expect(text, 'the whole address is shown').toContain(`(${href})`);
    expect(await page.evaluate(() => globalThis.ran)).toBe(undefined);
  });

  for (const feature of ['line', 'nested', 'quoted']) {
    await test.step(`${feature}: long or deep, and nothing hangs`, async () => {
      const dialog = await open(feature);
      await dialog.getByRole('button', { name: 'Markdown' }).click({ timeout: MOMENT });
      await expect(dialog.locator('.markdown')).toBeVisible({ timeout: MOMENT });
      if (feature !== 'line') await expect(dialog.locator('.markdown')).toContainText('deep', { timeout: MOMENT });
      const deepest = await dialog.locator('.markdown').evaluate((root) => {
        const depth = (element) => 1 + Math.max(0, ...[...element.children].map(depth));
        return depth(root);
      });
      expect(deepest).toBeLessThan(40);
      await dialog.getByRole('button', { name: 'Markdown' }).click({ timeout: MOMENT });
      await expect(dialog.locator('.markdown')).toHaveCount(0, { timeout: MOMENT });
      await nothingRan(page);
    });
  }

  await test.step('a megabyte in one line is shown step by step', async () => {
    const dialog = await open('line');
    await expect(dialog.getByText('1,049,999 characters', { exact: true })).toBeVisible();
    const more = dialog.getByRole('button', { name: /^Show 250,000 more of 1,049,999 characters$/ });
    for (let times = 0; times < 4; times += 1) await more.click({ timeout: MOMENT });
    await dialog.getByRole('button', { name: 'Show all 1,049,999 characters' }).click({ timeout: MOMENT });
    await expect(dialog.getByRole('button', { name: 'Show less' })).toBeVisible({ timeout: MOMENT });
    await nothingRan(page);
  });
});
