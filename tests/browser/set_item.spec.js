// Changing an item of a set: its original response, its tags and its request.

import { enter, expect, importLogs, log, look, makeSet, panel, testIn } from './support.js';

const test = testIn();

const item = (page) => panel(page, 'Item');
const edit = (page) => item(page).getByRole('button', { name: 'Edit', exact: true });
const response = (page) => item(page).getByRole('textbox', { name: 'Original response' });
const toasts = (page) => page.locator('dialog .toasts');

/** Opens the newest item of a new set, and gives where it is. */
async function open(page, world, name) {
  const set = await makeSet(world, name, { feature: 'support' });
  const [{ id }] = (await world.ask('GET', `/api/sets/${set}/items`)).data;
  await enter(page, world);
  await page.goto(`/sets/${set}?open=${id}`);
  await expect(item(page).getByRole('heading', { name: 'About it' })).toBeVisible();
  return { path: `/api/sets/${set}/items`, id };
}

test.beforeAll(async ({ world }) => importLogs(world, [log('Where is my order?', 'It is on its way.'), log('Can I send it back?', 'Yes.', { at: 1_788_000_100 })]));

test('another response makes another item in its place, and the old version keeps the old one', async ({ page, world }) => {
  const { path, id } = await open(page, world, 'Responses');
  const before = await world.ask('GET', `${path}/${id}`);
  await edit(page).click();
  await expect(response(page)).toHaveValue(before.reference);
  await response(page).fill('Yes, within 30 days, in its packaging.');
  await item(page).getByRole('button', { name: 'Save item' }).click();
  await expect(toasts(page)).toContainText('Saved: the item is changed from version 3 on.');
  await expect(item(page)).toContainText('Yes, within 30 days, in its packaging.');
  const now = new URL(page.url()).searchParams.get('open');
  expect(now).not.toBe(id);
  expect((await world.ask('GET', `${path}/${now}`)).reference).toBe('Yes, within 30 days, in its packaging.');
  expect((await world.ask('GET', `${path}?version=2`)).data.map((row) => row.id)).toContain(id);
  expect((await world.ask('GET', path)).data.map((row) => row.id)).not.toContain(id);
});

test('tags are written, renamed and taken away by keys, and make no version', async ({ page, world }) => {
  const { path, id } = await open(page, world, 'Tags');
  await edit(page).focus();
  await page.keyboard.press('Enter');
  const add = item(page).getByRole('button', { name: 'Add a tag' });
  for (const [number, name, value] of [[1, 'plan', 'pro'], [2, 'tone', 'dry']]) {
    await add.focus();
    await page.keyboard.press('Enter');
    const tag = item(page).getByRole('group', { name: `Tag ${number}` });
    await tag.getByRole('textbox', { name: 'Name' }).focus();
    await page.keyboard.type(name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(value);
  }
  await look(page, 'set-item-edit');
  await page.keyboard.press('Enter');
  await expect(toasts(page)).toContainText('Saved: the tags of the item.');
  expect((await world.ask('GET', `${path}/${id}`)).tags).toEqual({ plan: 'pro', tone: 'dry' });
  await edit(page).click();
  await item(page).getByRole('button', { name: 'Remove tag 1' }).click();
  await item(page).getByRole('button', { name: 'Save item' }).click();
  await expect(edit(page)).toBeEnabled();
  expect((await world.ask('GET', `${path}/${id}`)).tags).toEqual({ tone: 'dry' });
  expect((await world.ask('GET', path)).data.map((row) => row.added_in)).toEqual([2, 2]);
});

test('a response is removed, comes back with what was verified of it, and older versions keep it', async ({ page, world }) => {
  const { path, id } = await open(page, world, 'Unanswered');
  await world.ask('PATCH', `${path}/${id}`, { verified: true });
  await page.reload();
  const remove = item(page).getByRole('button', { name: 'Remove the response' });
  await remove.click();
  await expect(toasts(page)).toContainText('The response is removed from the next version on. Older versions and their runs keep it.');
  await expect(item(page)).toContainText('None: the new response is judged by the request alone.');
  await expect(remove).toHaveCount(0);
  await expect(item(page).getByRole('checkbox')).toHaveCount(0);
  await look(page, 'set-item-without-response');
  const now = new URL(page.url()).searchParams.get('open');
  expect(await world.ask('GET', `${path}/${now}`)).toMatchObject({ reference: null, verified: false });
  expect((await world.ask('GET', `${path}/${id}`)).reference).toBe('Yes.');

  await toasts(page).getByRole('button', { name: 'Undo' }).click();
  await expect(toasts(page)).toContainText('The response is back, in the next version of the set.');
  await expect(remove).toBeVisible();
  await expect(item(page).getByRole('checkbox')).toBeChecked();
  const back = new URL(page.url()).searchParams.get('open');
  expect(await world.ask('GET', `${path}/${back}`)).toMatchObject({ reference: 'Yes.', verified: true });
  await look(page, 'set-item-response');
});

test('what does not fit is said at its field, and an item can be left as it was', async ({ page, world }) => {
  const { path, id } = await open(page, world, 'Mistakes');
  const before = await world.ask('GET', `${path}/${id}`);
  await edit(page).click();
  const request = item(page).getByRole('textbox', { name: 'Request, as JSON' });
  await request.fill('{"messages": []}');
  await item(page).getByRole('button', { name: 'Add a tag' }).click();
  await item(page).getByRole('button', { name: 'Save item' }).click();
  await expect(request).toHaveAccessibleDescription('Messages must not be empty.');
  await expect(item(page).getByRole('textbox', { name: 'Name' })).toHaveAccessibleDescription('Name the tag, or remove it.');
  await expect(item(page).getByRole('textbox', { name: 'Name' })).toBeFocused();
  await look(page, 'set-item-mistakes');
  await item(page).getByRole('button', { name: 'Leave it as it was' }).click();
  await expect(edit(page)).toBeEnabled();
  expect(await world.ask('GET', `${path}/${id}`)).toEqual(before);
});

test('whoever steps to the next item reads that one, and an old version is not changed', async ({ page, world }) => {
  const { path } = await open(page, world, 'Steps');
  await edit(page).click();
  await item(page).getByRole('button', { name: /Next/ }).click();
  await expect(response(page)).toHaveCount(0);
  await expect(item(page).getByRole('heading', { name: 'About it' })).toBeVisible();
  const [{ id }] = (await world.ask('GET', path)).data;
  await page.goto(`${path.replace('/api', '').replace('/items', '')}?version=2&open=${id}`);
  await expect(item(page).getByRole('heading', { name: 'About it' })).toBeVisible();
  await expect(edit(page)).toHaveCount(0);
});
