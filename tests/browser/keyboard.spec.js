// What each of those who use Assay comes for, without a mouse: the engineer, the support lead, the platform owner.

import { expect, finishRun, importLogs, makeSet, panel, region, testIn } from './support.js';

const CRITERION = 'Names the day on which it arrives';

/** The most presses of Tab from one thing to the next. */
const MOST_TABS = 60;

const test = testIn();

// Each has many keys to press.
test.describe.configure({ timeout: 90_000 });

let run;

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  run = await finishRun(world, await makeSet(world, 'Briefings', { feature: 'summarising' }));
});

/** Signs in, and waits for the page that comes then. */
async function signIn(page, world) {
  await page.goto('/sign-in');
  await tabTo(page, page.getByLabel('Token'));
  await page.keyboard.type(world.token);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
}

/** Presses keys, one after the other. */
async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses Tab until something has the focus; whatever has it on the way must be seen to have it. */
async function tabTo(page, target, { key = 'Tab' } = {}) {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    await page.keyboard.press(key);
    const { there, shows, what } = await target.evaluate(lookAtFocus);
    expect(shows, `the focus shows on ${what}`).toBe(true);
    if (there) return;
  }
  throw new Error(`${target} is not reached with ${MOST_TABS} presses of ${key}`);
}

/** Tells whether an element has the focus, and whether what has it looks so: itself, the row that it opens, or the shape inside it. */
function lookAtFocus(target) {
  const focused = document.activeElement;
  const places = [focused, focused.closest('tr, li'), ...focused.children].filter(Boolean);
  const styles = places.map((place) => getComputedStyle(place));
  // Past the last thing of a page the browser's own have it.
  const shows = focused === document.body || styles.some(({ outlineStyle, stroke }) => outlineStyle !== 'none' || stroke !== 'none');
  return { there: focused === target, shows, what: focused.outerHTML.slice(0, 80) };
}

test('the worst item of a run is read by keyboard alone', async ({ page, world }) => {
  await test.step('sign in', () => signIn(page, world));

  await test.step('go to the run', async () => {
    const link = page.getByRole('link', { name: 'demo/echo' });
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`/runs/${run.id}`);
    await expect(region(page, 'Verdict')).toContainText('original responses');
  });

  const items = region(page, 'Items, the worst first').getByRole('listitem');
  const item = panel(page, 'Item');

  await test.step('skip to the content', async () => {
    await page.reload();
    await tabTo(page, page.getByRole('link', { name: 'Skip to content' }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
  });

  await test.step('filter by a bar, and back', async () => {
    await tabTo(page, page.getByRole('button', { name: /^Score .*: [1-9]\d* new/ }).first());
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/show=bin\d/);
    await page.keyboard.press('Enter');
    await expect(page).not.toHaveURL(/show=/);
  });

  await test.step('move the threshold', async () => {
    const slider = page.getByRole('slider', { name: /^Threshold/ });
    await tabTo(page, slider);
    await page.keyboard.press('ArrowRight');
    await expect(page).toHaveURL(/threshold=0\.81/);
    await expect(slider).toHaveValue('0.81');
    await page.keyboard.press('ArrowLeft');
    await expect(page).not.toHaveURL(/threshold=/);
  });

  await test.step('open the worst item, go on and back, close it', async () => {
    const worst = items.first().getByRole('link');
    await tabTo(page, worst);
    await page.keyboard.press('Enter');
    await expect(item.getByRole('heading', { name: 'What the judge says' })).toBeVisible();
    expect(await item.evaluate((dialog) => dialog.contains(document.activeElement)), 'the focus is in the panel').toBe(true);
    await expect(item).toContainText((await worst.textContent()).slice(0, 60));
    const opened = page.url();
    await page.keyboard.press('j');
    await expect(page).not.toHaveURL(opened);
    await expect(item).toContainText((await items.nth(1).getByRole('link').textContent()).slice(0, 60));
    await page.keyboard.press('k');
    await expect(page).toHaveURL(opened);
    await tabTo(page, item.getByText(/^On the original response/).first());
    await page.keyboard.press('Enter');
    await expect(item.getByText(/^Simulated: /)).toHaveCount(2);
    await page.keyboard.press('Escape');
    await expect(item).toHaveCount(0);
    await expect(worst, 'the reader is where they were').toBeFocused();
  });
});

test('the support lead writes a criterion, reads what fails and corrects the judge by keyboard alone', async ({ page, world }) => {
  const item = panel(page, 'Item');

  await test.step('go to the set', async () => {
    await signIn(page, world);
    await press(page, 'g', 's');
    await expect(page.getByRole('link', { name: 'Briefings' })).toBeVisible();
    await press(page, 'j');
    await expect(page.getByRole('link', { name: 'Briefings' })).toBeFocused();
    await press(page, 'Enter');
    await expect(page.getByRole('heading', { name: 'Briefings', level: 1 })).toBeVisible();
  });

  await test.step('write a criterion in plain words', async () => {
    await tabTo(page, page.getByRole('navigation', { name: 'Parts of the set' }).getByRole('link', { name: 'Criteria' }));
    await press(page, 'Enter');
    await tabTo(page, page.getByRole('button', { name: 'Add a criterion' }));
    await press(page, 'Enter');
    const added = page.getByRole('group', { name: 'New criterion' });
    await expect(added.getByLabel('Name'), 'one writes on').toBeFocused();
    await page.keyboard.type(CRITERION);
    const criterion = page.getByRole('group', { name: CRITERION });
    await tabTo(page, criterion.getByLabel('Question, in plain words'));
    await page.keyboard.type('Does the response say on which day the parcel arrives?');
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await tabTo(page, save);
    await press(page, 'Enter');
    await expect(page.getByText(/^Saved as version \d+\./)).toBeVisible();
    await expect(page.getByText(/, version 3, threshold/)).toBeVisible();
    await expect(save, 'the reader is where they were').toBeFocused();
    await expect(page.getByRole('group', { name: CRITERION })).toBeVisible();
  });

  await test.step('read what fails', async () => {
    await press(page, 'Control+k');
    await expect(panel(page, 'Go to or do').getByRole('combobox')).toBeFocused();
    await page.keyboard.type('demo/echo');
    await expect(panel(page, 'Go to or do').getByRole('option').first()).toContainText('Run');
    await press(page, 'Enter');
    await expect(page).toHaveURL(`/runs/${run.id}`);
    const items = region(page, 'Items, the worst first').getByRole('listitem');
    await expect(items.first()).toContainText(/level \d/);
    await press(page, 'j', 'j', 'k');
    await expect(items.first().getByRole('link')).toBeFocused();
    await press(page, 'Enter');
    await expect(item.getByRole('heading', { name: 'What people say' })).toBeVisible();
  });

  await test.step('correct the judge, item by item', async () => {
    const helpful = item.getByRole('group', { name: 'Label: Helpful' });
    const level = (number) => helpful.getByRole('button', { name: `Helpful: level ${number}` });
    await tabTo(page, level(2));
    await press(page, 'Enter');
    await expect(level(2)).toHaveAttribute('aria-pressed', 'true');
    await expect(level(2), 'the focus stays').toBeFocused();
    const before = page.url();
    await press(page, 'j');
    await expect(page).not.toHaveURL(before);
    await expect(level(2)).toHaveAttribute('aria-pressed', 'false');
    await expect(level(2), 'and in the next item it is where it was').toBeFocused();
    await press(page, 'Tab', 'Enter');
    await expect(level(3)).toHaveAttribute('aria-pressed', 'true');
    await tabTo(page, helpful.getByRole('button', { name: /^Withdraw level 3/ }));
    await press(page, 'Enter');
    await expect(helpful.getByRole('listitem')).toHaveCount(0);
    await press(page, 'Escape');
    await expect(item).toHaveCount(0);
    const items = region(page, 'Items, the worst first').getByRole('listitem');
    await expect(items.nth(1).getByRole('link'), 'the item that was read last').toBeFocused();
  });

  await test.step('see how good the judge is, and label what says most of it', async () => {
    await tabTo(page, page.getByRole('link', { name: 'how good is it?' }), { key: 'Shift+Tab' });
    await press(page, 'Enter');
    await expect(page.getByRole('heading', { name: /^Judge /, level: 1 })).toBeVisible();
    const queue = region(page, 'Label these next').getByRole('listitem');
    await expect(queue.first()).toBeVisible();
    await press(page, 'j', 'Enter');
    const whole = item.getByRole('button', { name: 'The response as a whole: ✗ fail' });
    await tabTo(page, whole);
    await press(page, 'Space');
    await expect(whole).toHaveAttribute('aria-pressed', 'true');
    await press(page, 'Escape');
    await expect(queue.first().getByRole('link')).toBeFocused();
  });
});

test('the platform owner connects a provider, makes a key and reads what happens by keyboard alone', async ({ page, world }) => {
  await test.step('add a provider, and test it', async () => {
    await signIn(page, world);
    await press(page, 'g', 'e');
    const add = page.getByRole('button', { name: 'Add a provider…' });
    await tabTo(page, add);
    await press(page, 'Enter');
    const form = panel(page, 'Add a provider');
    await expect(form.getByLabel('Name')).toBeFocused();
    await page.keyboard.type('own');
    await press(page, 'Tab');
    await expect(form.getByLabel('Speaks')).toBeFocused();
    await press(page, 'Tab');
    await page.keyboard.type(world.provider.base_url);
    await tabTo(page, form.getByLabel('API key'));
    await page.keyboard.type('sk-own-0001');
    await tabTo(page, form.getByLabel('Models, one a line'));
    await page.keyboard.type('scripted 1 2');
    await tabTo(page, form.getByRole('button', { name: 'Save' }));
    await press(page, 'Enter');
    await expect(form).toHaveCount(0);
    await expect(add, 'the reader is where they were').toBeFocused();
    const probe = page.getByRole('button', { name: 'Test own' });
    await tabTo(page, probe);
    await press(page, 'Enter');
    await expect(page.getByText(/^✓ answered/)).toBeVisible();
    await expect(probe, 'it can be tested again').toBeFocused();
  });

  await test.step('make a key', async () => {
    const make = page.getByRole('button', { name: 'New key…' });
    await tabTo(page, make);
    await press(page, 'Enter');
    const form = panel(page, 'New access key');
    await expect(form.getByLabel('Name')).toBeFocused();
    await page.keyboard.type('Shop');
    await tabTo(page, form.getByRole('checkbox', { name: /^read/ }));
    await press(page, 'Space', 'Enter');
    await expect(form.getByLabel('Token')).toHaveText(/^asy_/);
    await expect(form.getByRole('button', { name: 'Copy' })).toBeFocused();
    await press(page, 'Tab', 'Enter');
    await expect(form).toHaveCount(0);
    await expect(make).toBeFocused();
    await expect(page.getByRole('row', { name: /Shop ingest, read/ })).toBeVisible();
  });

  await test.step('say for how long logs are kept', async () => {
    const days = page.getByLabel('Keep logs for (days)');
    await tabTo(page, days, { key: 'Shift+Tab' });
    await page.keyboard.type('30');
    await press(page, 'Enter');
    const ask = panel(page, 'Delete older logs?');
    await tabTo(page, ask.getByRole('button', { name: 'Save, and delete older logs' }));
    await press(page, 'Enter');
    await expect(ask).toHaveCount(0);
    await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
    await expect(days).toBeFocused();
    expect((await world.ask('GET', '/api/settings')).log.retention_days).toBe(30);
  });

  await test.step('read who did what', async () => {
    await tabTo(page, page.getByText('Show the audit'));
    await press(page, 'Enter');
    const audit = region(page, 'Audit');
    await expect(audit.getByRole('row').filter({ hasText: 'make an access key' }).first()).toBeVisible();
    await expect(audit.getByRole('status').filter({ hasText: 'The chain holds' })).toBeVisible();
  });

  await test.step('read what runs cost', async () => {
    await press(page, 'g', 'r');
    await expect(page.getByRole('columnheader', { name: 'Cost' })).toBeVisible();
    await press(page, 'j', 'Enter');
    await expect(page).toHaveURL(`/runs/${run.id}`);
    await expect(page.getByText(/^Cost \$/)).toBeVisible();
  });
});
