// What was typed and not saved: leaving asks first, by whatever way, and staying loses nothing.

import { enter, expect, importLogs, leaveUnsaved as leave, log, look, makeSet, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeEach(async ({ page, world }) => {
  await enter(page, world);
  await page.goto('/runs');
  await expect(page.getByText('No runs yet.')).toBeVisible();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(days(page)).toBeVisible();
});

const days = (page) => page.getByRole('textbox', { name: 'Keep logs for (days)' });
const question = (page) => page.getByRole('dialog', { name: 'Leave without saving?' });
const stay = (page) => question(page).getByRole('button', { name: 'Stay here' }).click();
const runs = (page) => expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible();

test('a link asks first; who stays has lost nothing, and who leaves is where they wanted', async ({ page }) => {
  await days(page).fill('4000');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(question(page)).toBeVisible();
  await look(page, 'leave-without-saving');
  await stay(page);
  await expect(page).toHaveURL('/settings');
  await expect(days(page)).toHaveValue('4000');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.keyboard.press('Escape');
  await expect(question(page), 'Escape stays').toHaveCount(0);
  await expect(page).toHaveURL('/settings');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await leave(page);
  await runs(page);
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(question(page), 'nothing is left to lose').toHaveCount(0);
  await expect(page).toHaveURL('/');
});

test('Back and Forward ask first, and lead where they would have', async ({ page }) => {
  await days(page).fill('40');
  await page.goBack();
  await expect(question(page)).toBeVisible();
  await expect(page).toHaveURL('/settings');
  await stay(page);
  await expect(days(page)).toHaveValue('40');
  await page.goBack();
  await leave(page);
  await runs(page);
  await expect(page).toHaveURL('/runs');

  await page.goForward();
  await expect(days(page)).toHaveValue('');
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await page.goBack();
  await days(page).fill('50');
  await page.goForward();
  await expect(question(page)).toBeVisible();
  await leave(page);
  await expect(page).toHaveURL('/');
});

test('keys and the palette ask too', async ({ page }) => {
  await days(page).fill('40');
  await page.getByRole('heading', { name: 'Settings', level: 1 }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(question(page)).toBeVisible();
  await stay(page);
  await page.getByRole('button', { name: /^Find/ }).click();
  await page.getByRole('combobox', { name: 'What to go to or do' }).fill('runs');
  await page.keyboard.press('Enter');
  await expect(question(page)).toBeVisible();
  await leave(page);
  await runs(page);
});

test('closing or reloading the tab asks first', async ({ page, allow }) => {
  allow(/^dialog: /);
  const asked = [];
  page.on('dialog', (dialog) => asked.push(dialog.type()));
  await days(page).fill('40');
  await page.evaluate(() => location.reload());
  await expect.poll(() => asked).toEqual(['beforeunload']);
  await expect(days(page), 'it was dismissed').toHaveValue('40');
});

test('what is saved, or was only tried out, holds nobody', async ({ page }) => {
  await page.getByRole('textbox', { name: 'Try it out' }).fill('me@example.com');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await runs(page);
  await page.goBack();
  await days(page).fill('365');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Save, and delete older logs' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await runs(page);
  await expect(question(page)).toHaveCount(0);

  // What could not be saved is not saved.
  await page.goBack();
  await days(page).fill('never');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('"never" is not a number of days').first()).toBeVisible();
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(question(page)).toBeVisible();
});

test('the criteria of a set ask when a part of the form is another, and when one was only taken out', async ({ page, world }) => {
  const set = await makeSet(world, 'Guarded', {});
  await page.goto(`/sets/${set}?part=criteria`);
  const part = (name) => page.getByRole('navigation', { name: 'Parts of the set' }).getByRole('link', { name }).click();
  const weight = page.getByRole('textbox', { name: 'Weight' });
  await weight.fill('3');
  await part('Versions');
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(weight).toHaveValue('3');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('.toasts li')).toContainText('version 2');
  await part('Versions');
  await expect(page).toHaveURL(/part=versions/);
  await expect(question(page)).toHaveCount(0);
  await part('Criteria');
  await page.getByRole('button', { name: 'Add a criterion' }).click();
  await part('Items');
  await expect(question(page)).toBeVisible();
  await leave(page);
  await expect(page.getByText('No items yet.')).toBeVisible();
});

test('a panel asks before it is closed with what was typed in it, however it is closed', async ({ page }) => {
  await days(page).fill('4000');
  const add = page.getByRole('button', { name: 'Add a provider…' });
  const provider = page.getByRole('dialog', { name: 'Add a provider' });
  const name = provider.getByRole('textbox', { name: 'Name' });
  await add.click();
  await page.keyboard.press('Escape');
  await expect(provider, 'nothing was typed').toHaveCount(0);

  await add.click();
  await name.fill('mine');
  await page.keyboard.press('Escape');
  await expect(question(page)).toBeVisible();
  await look(page, 'leave-a-panel');
  await stay(page);
  await expect(name).toHaveValue('mine');
  // Pressed again and again it would close a panel without a word, if the browser alone had its way.
  for (let again = 0; again < 3; again += 1) {
    // While the browser closes it and it is opened again, a key reaches nothing.
    await expect(async () => {
      await page.keyboard.press('Escape');
      await expect(question(page)).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await page.keyboard.press('Escape');
    await expect(question(page)).toHaveCount(0);
    await expect(name).toHaveValue('mine');
    await expect(name).toBeVisible();
  }
  await provider.getByRole('button', { name: 'Close' }).click();
  await leave(page);
  await expect(provider).toHaveCount(0);
  await expect(add).toBeFocused();
  await expect(days(page), 'what is below the panel is not left').toHaveValue('4000');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(question(page)).toBeVisible();
});

test('a panel at the side asks when the page beside it is pressed, and when it is saved nobody is asked', async ({ page, world }) => {
  await importLogs(world, [log('When does it come?', 'Soon.')]);
  const set = await makeSet(world, 'Beside', {});
  const [{ id }] = (await world.ask('GET', `/api/sets/${set}/items`)).data;
  await page.goto(`/sets/${set}?open=${id}`);
  const item = page.getByRole('dialog', { name: 'Item' });
  const response = item.getByRole('textbox', { name: 'Original response' });
  await item.getByRole('button', { name: 'Edit', exact: true }).click();
  await response.fill('Tomorrow.');
  await page.mouse.click(20, 400);
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(response).toHaveValue('Tomorrow.');
  await item.getByRole('button', { name: 'Save item' }).click();
  await expect(item.getByText('Tomorrow.')).toBeVisible();
  await page.mouse.click(20, 400);
  await expect(item).toHaveCount(0);
});

test('a panel asks before it shows another item, and before Back closes it', async ({ page, world }) => {
  const set = await world.ask('POST', '/api/sets', { name: 'Stepped', criteria: [{ name: 'Helpful', question: 'Is it helpful?' }] });
  const item = (words) => ({ request: { messages: [{ role: 'user', content: words }] }, reference: `To ${words}` });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [item('the first'), item('the second')] });
  await page.goto(`/sets/${set.id}`);
  await page.getByRole('table').getByRole('link').first().click();
  const panel = page.getByRole('dialog', { name: 'Item' });
  const response = panel.getByRole('textbox', { name: 'Original response' });
  const edit = async () => {
    await panel.getByRole('button', { name: 'Edit', exact: true }).click();
    await response.fill('Another one.');
  };
  const opened = page.url();
  const other = panel.getByRole('button', { name: '↓ Next' });
  await expect(panel.getByRole('button', { name: 'Edit', exact: true })).toBeVisible();
  await page.keyboard.press('j');
  await expect(page, 'where nothing was typed, nobody is asked').not.toHaveURL(opened);
  await page.keyboard.press('k');
  await expect(page).toHaveURL(opened);

  await edit();
  await panel.getByRole('heading', { name: 'Item', exact: true }).click();
  await page.keyboard.press('j');
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(page).toHaveURL(opened);
  await expect(response).toHaveValue('Another one.');
  await page.goBack();
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(page).toHaveURL(opened);
  await expect(response).toHaveValue('Another one.');
  await other.click();
  await leave(page);
  await expect(page).not.toHaveURL(opened);
  await expect(panel.getByText('Another one.')).toHaveCount(0);

  await edit();
  await page.goBack();
  await leave(page);
  await expect(panel).toHaveCount(0);
  await expect(page).toHaveURL(`/sets/${set.id}`);
  await expect(question(page)).toHaveCount(0);
});

test('Back asks before it closes the form that adds logs', async ({ page, world }) => {
  await importLogs(world, [log('Whose is it?', 'Yours.')]);
  await page.goto('/logs');
  await page.getByRole('button', { name: 'Add to set…' }).click();
  const name = page.getByRole('dialog', { name: 'Add to set' }).getByRole('textbox', { name: 'Name of the new set' });
  await page.getByRole('dialog', { name: 'Add to set' }).getByRole('combobox', { name: 'Set' }).selectOption('A new set…');
  await name.fill('Mine');
  await page.goBack();
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(name).toHaveValue('Mine');
  await page.goBack();
  await leave(page);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page).toHaveURL('/logs');
});

test('a new run asks, and one that was started holds nobody', async ({ page, world }) => {
  await importLogs(world, [log('Where is it?', 'Here.')]);
  const set = await makeSet(world, 'To be run', {});
  await page.goto(`/runs/new?set=${set}`);
  const name = page.getByRole('textbox', { name: 'Name of the run (optional)' });
  await name.fill('Nightly');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sets' }).click();
  await expect(question(page)).toBeVisible();
  await stay(page);
  await expect(name).toHaveValue('Nightly');
  await page.getByRole('button', { name: 'Start the run' }).click();
  await expect(page.getByRole('heading', { name: 'Nightly', level: 1 })).toBeVisible();
  await expect(question(page)).toHaveCount(0);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'New run', level: 1 })).toBeVisible();
});
