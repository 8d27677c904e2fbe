// The threshold of a run's page: moved by its line in the chart or by the slider below, and undone by Back.

import { enter, expect, finishRun, importLogs, makeSet, region, testIn } from './support.js';

const test = testIn();

test.beforeEach(async ({ page, world }, { title }) => {
  await importLogs(world);
  await enter(page, world);
  const run = await finishRun(world, await makeSet(world, title, { feature: 'code' }));
  await page.goto(`/runs/${run.id}`);
  await expect(region(page, 'Verdict')).toContainText(/\d/);
});

/** Where the middle of the threshold's line is on the screen. */
async function line(page) {
  const box = await page.locator('.threshold-line .area').boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test('the line is dragged, and stands over the knob of the slider', async ({ page }) => {
  const slider = page.getByRole('slider', { name: /^Threshold/ });
  await slider.scrollIntoViewIfNeeded();
  const from = await line(page);
  const plot = await page.locator('.distribution .grid').first().boundingBox();
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x - plot.width * 0.1, from.y + 5, { steps: 4 });
  await page.mouse.move(from.x - plot.width * 0.3, from.y - 5, { steps: 4 });
  await expect(slider).toHaveValue('0.5');
  await expect(page, 'it is not let go of').not.toHaveURL(/threshold=/);
  await page.mouse.up();
  await expect(page).toHaveURL(/threshold=0\.5/);
  await expect(page, 'no bar is chosen by it').not.toHaveURL(/show=/);
  for (const threshold of ['0', '0.5', '1']) {
    await slider.fill(threshold);
    const [at, track] = [await line(page), await slider.boundingBox()];
    // The knob is 16 pixels wide, and its middle goes from half of that to half of that before the end.
    expect(Math.abs(track.x + 8 + (track.width - 16) * Number(threshold) - at.x)).toBeLessThan(1);
  }
});

test('back undoes a threshold that was dragged, and keys that were pressed in a row', async ({ page }) => {
  const slider = page.getByRole('slider', { name: /^Threshold/ });
  await slider.scrollIntoViewIfNeeded();
  const [from, before] = [await line(page), await page.evaluate(() => history.length)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x - 100, from.y, { steps: 10 });
  await page.mouse.up();
  await expect(page).toHaveURL(/threshold=/);
  const dragged = page.url();
  expect(await page.evaluate(() => history.length)).toBe(before + 1);
  await slider.focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  await expect(page).not.toHaveURL(dragged);
  await page.goBack();
  await expect(page).toHaveURL(dragged);
  await page.goBack();
  await expect(page).not.toHaveURL(/threshold=/);
  await expect(slider).toHaveValue('0.8');
});

test('where it fails names the threshold that is set, also where nothing else fails by it', async ({ page }) => {
  const slider = page.getByRole('slider', { name: /^Threshold/ });
  const fails = region(page, 'Where it fails');
  for (const threshold of ['0.41', '0.42', '0.43', '0.44', '0.81', '0.82', '0.83']) {
    await slider.fill(threshold);
    await expect(fails).toContainText(`at threshold ${threshold}.`);
  }
});
