// The way from signing in to the worst item of a finished run, without a mouse.

import { expect, finishRun, importLogs, makeSet, panel, region, testIn } from './support.js';

/** The most presses of Tab from one thing to the next. */
const MOST_TABS = 60;

const test = testIn();

let run;

test.beforeAll(async ({ world }) => {
  await importLogs(world);
  run = await finishRun(world, await makeSet(world, 'Briefings', { feature: 'summarising' }));
});

/** Presses Tab until something has the focus; it must be seen to have it. */
async function tabTo(page, target) {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    expect(await focused.evaluate(shows), `the focus shows on ${await focused.evaluate((element) => element.outerHTML.slice(0, 80))}`).toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${target} is not reached with ${MOST_TABS} presses of Tab`);
}

/** Tells whether an element with the focus looks so: itself, the row that it opens, or the shape inside it. */
function shows(element) {
  const places = [element, element.closest('tr, li'), ...element.children].filter(Boolean);
  return places.map((place) => getComputedStyle(place)).some(({ outlineStyle, stroke }) => outlineStyle !== 'none' || stroke !== 'none');
}

test('the worst item of a run is read by keyboard alone', async ({ page, world }) => {
  await test.step('sign in', async () => {
    await page.goto('/sign-in');
    await tabTo(page, page.getByLabel('Token'));
    await page.keyboard.type(world.token);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  });

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
