// Saved views: kept from one page, opened by everybody, taken away.

import { enter, expect, finishRun, importLogs, look, makeSet, panel, region, signInLink, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeAll(async ({ world }) => importLogs(world));

const menu = (within) => within.getByRole('group', { name: 'Saved views' });
const open = (within) => within.getByRole('button', { name: 'Views ▾' }).click();

test('a view keeps the filters under a name, for everybody', async ({ page, visitor, world, allow }) => {
  allow(/409/); // A name is taken.
  await enter(page, world);
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/views') && asked.push(request.method()));
  await page.goto('/logs?feature=support&q=order');
  await expect(page.getByRole('table').getByRole('link').first()).toBeVisible();
  expect(asked, 'nothing is asked until somebody looks').toEqual([]);
  await open(page);
  await expect(menu(page)).toContainText('No view of this page is saved yet.');
  await menu(page).getByRole('button', { name: 'Save this view…' }).click();
  const save = panel(page, 'Save this view');
  await expect(save.getByLabel('Name')).toBeFocused();
  await save.getByLabel('Name').fill('Orders');
  await look(page, 'views-save');
  await page.keyboard.press('Enter');
  await expect(save).toHaveCount(0);
  await expect(page.locator('.toasts')).toContainText('The view “Orders” is saved for everybody.');

  const other = await visitor();
  await enter(other, world);
  await other.goto('/logs');
  await open(other);
  const link = menu(other).getByRole('link', { name: 'Orders' });
  await expect(link).not.toHaveAttribute('aria-current', 'true');
  await link.click();
  await expect(other).toHaveURL('/logs?feature=support&q=order');
  await expect(menu(other)).toBeHidden();
  await open(other);
  await expect(link).toHaveAttribute('aria-current', 'true');
  await look(other, 'views');

  await menu(other).getByRole('button', { name: 'Save this view…' }).click();
  await panel(other, 'Save this view').getByLabel('Name').fill('orders');
  await other.keyboard.press('Enter');
  await expect(panel(other, 'Save this view')).toContainText('The name "orders" is taken by another view of this page.');
});

test('a run has views of its own, and a view is taken away', async ({ page, world }) => {
  const set = await makeSet(world, 'Support', { feature: 'support' });
  const { id } = await finishRun(world, set);
  await enter(page, world);
  await page.goto(`/runs/${id}?show=all`);
  const items = region(page, 'Items, the worst first');
  await open(items);
  await menu(items).getByRole('button', { name: 'Save this view…' }).click();
  await panel(page, 'Save this view').getByLabel('Name').fill('Everything');
  await page.keyboard.press('Enter');
  await expect(panel(page, 'Save this view')).toHaveCount(0);

  await page.goto('/runs');
  await open(page);
  await expect(menu(page)).toContainText('No view of this page is saved yet.');
  await page.goto(`/runs/${id}`);
  await open(items);
  await menu(items).getByRole('link', { name: 'Everything' }).click();
  await expect(page).toHaveURL(`/runs/${id}?show=all`);
  await open(items);
  await menu(items).getByRole('button', { name: 'Delete the view Everything' }).click();
  await expect(page.locator('.toasts')).toContainText('The view “Everything” is gone from the menus of everybody.');
  await open(items);
  await expect(menu(items)).toContainText('No view of this page is saved yet.');
  await page.keyboard.press('Escape');
  await page.keyboard.press('u');
  await expect(page.locator('.toasts')).toContainText('The view “Everything” is back.');
  await open(items);
  await expect(menu(items).getByRole('link', { name: 'Everything' })).toHaveAttribute('href', `/runs/${id}?show=all`);
});

test('whoever may only read is offered nothing that they may not do', async ({ page, world }) => {
  const set = await makeSet(world, 'Summaries', { feature: 'summarising' });
  const { id } = await finishRun(world, set);
  await world.ask('POST', '/api/views', { name: 'Worst', address: `/runs/${id}` });
  const enterWith = async (...scopes) => {
    const token = await world.key(...scopes);
    // As anybody signs in: the browser remembers who it was.
    await page.goto(signInLink({ ...world, token }));
    await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
    await page.goto(`/runs/${id}?common=yes`);
  };
  const items = region(page, 'Items, the worst first');
  const pencil = page.getByRole('button', { name: /^Name the topic|^Rename/ });
  await enterWith('read');
  await expect(page.getByRole('heading', { name: 'What the judge says of them' })).toBeVisible();
  await open(items);
  await expect(menu(items).getByRole('link', { name: 'Worst' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(menu(items).getByRole('button')).toHaveCount(0);
  await expect(pencil).toHaveCount(0);

  await enterWith('read', 'run');
  await expect(pencil.first()).toBeVisible();
  await open(items);
  await expect(menu(items).getByRole('button', { name: 'Save this view…' })).toBeVisible();
  await expect(menu(items).getByRole('button', { name: 'Delete the view Worst' })).toBeVisible();
});

test('a set and a comparison have views of their own', async ({ page, world }) => {
  const set = await makeSet(world, 'Code', { feature: 'code' });
  const runs = [await finishRun(world, set), await finishRun(world, set, { target: { provider: 'demo', model: 'terse' } })];
  const pair = `base=${runs[0].id}&candidate=${runs[1].id}`;
  await enter(page, world);
  for (const [shown, elsewhere, name] of [
    [`/sets/${set}?part=criteria`, `/sets/${set}`, 'What code is judged on'],
    [`/compare?${pair}&show=broke&margin=0.1`, '/compare', 'What broke'],
  ]) {
    await page.goto(shown);
    await open(page);
    await menu(page).getByRole('button', { name: 'Save this view…' }).click();
    await panel(page, 'Save this view').getByLabel('Name').fill(name);
    await page.keyboard.press('Enter');
    await expect(panel(page, 'Save this view')).toHaveCount(0);
    await page.goto(elsewhere);
    await open(page);
    await look(page, `views-${name.split(' ').at(-1)}`);
    await menu(page).getByRole('link', { name }).click();
    await expect(page).toHaveURL(shown);
  }
});
