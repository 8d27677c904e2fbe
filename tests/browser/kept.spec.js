// What is kept, as people decide it: what is chosen is saved, and is there again when the page is opened anew.

import { enter, expect, testIn } from './support.js';

const test = testIn();

test('what becomes of an answer without its caller is decided by keyboard', async ({ page, world }) => {
  await enter(page, world);
  await page.goto('/settings');
  const choice = page.getByLabel('When a caller leaves in the middle of an answer');
  await expect(choice).toHaveValue('cancel');
  await choice.focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
  await expect(page.getByText('Saved.')).toBeVisible();
  expect((await world.ask('GET', '/api/settings')).log.on_leave).toBe('finish');
  await page.reload();
  await expect(choice).toHaveValue('finish');
});
