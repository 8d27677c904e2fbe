// The shortcuts of the keyboard, the list of them, and the palette.

import { enter, expect, finishRun, importLogs, log, look, makeSet, panel, testIn } from './support.js';

const test = testIn();

// What appears by and by has no colour of its own meanwhile.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const made = {};

test.beforeAll(async ({ world }) => {
  await importLogs(world, ['First', 'Second', 'Third'].map((question, at) => log(question, 'Yes.', { at: 1_788_000_000 - at })));
  made.set = await makeSet(world, 'Support answers', { feature: 'support' });
  made.run = (await finishRun(world, made.set, { name: 'Echo of November' })).id;
  await world.ask('POST', '/api/views', { name: 'Only support', address: '/logs?feature=support' });
});

test.beforeEach(async ({ page, world }) => enter(page, world));

const heading = (page, name) => page.getByRole('heading', { name, level: 1 });
const palette = (page) => panel(page, 'Go to or do');
const options = (page) => palette(page).getByRole('option');
const field = (page) => palette(page).getByRole('combobox', { name: 'What to go to or do' });

test('two keys in turn go to a page', async ({ page }) => {
  await page.goto('/');
  await expect(heading(page, 'Home')).toBeVisible();
  for (const [key, name, path] of [['l', 'Logs', '/logs'], ['s', 'Sets', '/sets'], ['r', 'Runs', '/runs'], ['e', 'Settings', '/settings'], ['h', 'Home', '/']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page).toHaveURL(path);
    await expect(heading(page, name)).toBeVisible();
  }
});

test('rows are walked, checked, opened and closed', async ({ page }) => {
  await page.goto('/logs');
  const rows = page.getByRole('table').getByRole('link');
  await expect(rows).toHaveCount(3);
  for (const [key, place] of [['j', 0], ['j', 1], ['j', 2], ['j', 2], ['k', 1]]) {
    await page.keyboard.press(key);
    await expect(rows.nth(place)).toBeFocused();
  }
  const boxes = page.getByRole('checkbox', { name: /^Check: / });
  await page.keyboard.press('x');
  await expect(boxes.nth(1)).toBeChecked();
  await expect(page.getByRole('status').filter({ hasText: '1 checked' })).toBeVisible();
  await page.keyboard.press('x');
  await expect(boxes.nth(1)).not.toBeChecked();

  await page.keyboard.press('Enter');
  const open = panel(page, 'Log');
  await expect(open).toContainText('Second');
  await page.keyboard.press('j');
  await expect(open).toContainText('Third');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page, 'under a panel the page stays').toHaveURL(/\/logs\?open=/);
  await page.keyboard.press('Escape');
  await expect(open).toHaveCount(0);
  await expect(page).toHaveURL('/logs');
  await expect(rows.nth(2), 'the row that was read last').toBeFocused();
});

test('in a field the keys are what is typed', async ({ page }) => {
  await page.goto('/logs');
  const search = page.getByRole('searchbox', { name: 'Search' });
  await expect(search).toBeVisible();
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  await page.keyboard.type('gh?jx');
  await expect(search).toHaveValue('gh?jx');
  await expect(page).toHaveURL('/logs');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('where a page has no field to search in, everything is searched', async ({ page }) => {
  await page.goto('/sets');
  await expect(page.getByRole('table').getByRole('link').first()).toBeVisible();
  await page.keyboard.press('/');
  await expect(field(page)).toBeFocused();
  await page.keyboard.type('/');
  await expect(field(page)).toHaveValue('/');
});

test('all shortcuts are listed, and single keys can be off for good', async ({ page }) => {
  await page.goto('/logs');
  await expect(heading(page, 'Logs')).toBeVisible();
  await page.keyboard.press('?');
  const list = panel(page, 'Keyboard shortcuts');
  await expect(list.getByRole('term')).toHaveCount(21);
  await expect(list).toContainText('g then l');
  await expect(list).toContainText('Page Down');
  await look(page, 'shortcuts');
  const single = list.getByRole('checkbox', { name: /^Single keys are shortcuts/ });
  await expect(single).toBeChecked();
  await single.uncheck();
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);

  for (const again of [false, true]) {
    if (again) await page.reload();
    await expect(page.getByRole('table').getByRole('link')).toHaveCount(3);
    for (const key of ['?', 'j', 'g', 's', '/']) await page.keyboard.press(key);
    await expect(page).toHaveURL('/logs');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(await page.evaluate(() => document.activeElement.tagName)).not.toBe('INPUT');
  }
  await page.keyboard.press('Control+k');
  await field(page).fill('shortcuts');
  await page.keyboard.press('Enter');
  await expect(list).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(list).toHaveCount(0);
  await expect(field(page)).toBeFocused();
  await field(page).fill('shortcuts');
  await page.keyboard.press('Enter');
  await list.getByRole('checkbox').check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL('/sets');
});

test('the palette finds by words and goes there', async ({ page }) => {
  await page.goto('/');
  // The page has what it asked for itself: the heading alone comes before it has asked.
  await expect(page.getByRole('main').getByRole('link', { name: 'Support answers', exact: true })).toBeVisible();
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/') && asked.push(new URL(request.url()).pathname));
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
  await expect(options(page).filter({ hasText: 'Echo of November' })).toHaveCount(1);
  expect(asked.sort()).toEqual(['/api/runs', '/api/sets', '/api/views']);
  await look(page, 'palette');

  await field(page).fill('answers supp');
  await expect(options(page)).toHaveCount(2);
  await expect(palette(page).getByRole('status')).toHaveText('2 matches');
  await expect(options(page).first()).toHaveAttribute('aria-selected', 'true');
  await expect(field(page)).toHaveAttribute('aria-activedescendant', await options(page).first().getAttribute('id'));
  await page.keyboard.press('ArrowDown');
  await expect(options(page).nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(field(page)).toHaveAttribute('aria-activedescendant', await options(page).nth(1).getAttribute('id'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/sets/${made.set}`);
  expect(asked.filter((path) => path === '/api/views'), 'asked once').toHaveLength(1);

  await page.keyboard.press('Control+k');
  await field(page).fill('only support');
  await expect(options(page)).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/logs?feature=support');

  await page.getByRole('button', { name: /^Find/ }).click();
  await field(page).fill('nothing is called so');
  await expect(palette(page).getByRole('status')).toHaveText('Nothing has all of these words.');
  await page.keyboard.press('Enter');
  await expect(field(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette(page)).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Find/ })).toBeFocused();
});

test('the palette does what is not a page', async ({ page, allow }) => {
  // What was asked for the list of choices may be answered after signing out.
  allow(/status of 401/);
  await page.goto('/logs');
  await expect(heading(page, 'Logs')).toBeVisible();
  const choose = async (words) => {
    await page.keyboard.press('Control+k');
    await field(page).fill(words);
    await page.keyboard.press('Enter');
    await expect(palette(page)).toHaveCount(0);
  };
  await choose('theme dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('combobox', { name: 'Theme' })).toHaveValue('dark');
  await choose('import a file');
  await expect(page).toHaveURL('/logs?import=file');
  await expect(page.getByRole('button', { name: 'Import a file…' })).toBeFocused();
  await choose('design');
  await expect(heading(page, 'Design')).toBeVisible();
  await choose('sign out');
  await expect(page).toHaveURL('/sign-in');
  await expect(page.getByLabel('Token')).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
