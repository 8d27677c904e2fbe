// Scorers while they are written: tried on all items in the browser, and what is wrong said at its field.

import { AxeBuilder } from '@axe-core/playwright';
import { enter, expect, importLogs, log, makeSet, testIn } from './support.js';

const test = testIn();

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const ITEMS = 300;
const made = {};

test.beforeAll(async ({ world }) => {
  const answer = (n) => (n % 3 === 0 ? `Sorry, order ${n} is lost.` : `Order ${n} is on its way.`);
  await importLogs(world, Array.from({ length: ITEMS }, (_, n) => log(`Where is order ${n}?`, answer(n), { at: 1_788_000_000 + n })));
  made.set = await makeSet(world, 'Orders', {});
});

test.beforeEach(async ({ page, world }) => enter(page, world));

/** Looks as anybody might: wide and narrow, in light and dark. */
async function look(page, name) {
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${import.meta.dirname}/screenshots/${name}-${width}-${colorScheme}.png`, fullPage: true });
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`), `${name} at ${width}, ${colorScheme}`).toEqual([]);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wide, `${name} is wider than ${width}`).toBe(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('a scorer says as it is typed how all items do by it', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/sets/${made.set}?part=scorers`);
  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const scorer = page.getByRole('group', { name: 'Scorer 1' });
  const text = scorer.getByLabel('Text', { exact: true });
  await text.fill('on its way');
  expect(asked.filter((path) => /scoring|export/.test(path)), 'nothing is fetched before it is asked for').toEqual([]);

  await page.getByRole('button', { name: 'Try them on all 300 items' }).click();
  await expect(page.getByText('Tried on 300 original responses, as you type.')).toBeVisible();
  await expect(scorer.getByRole('status')).toContainText('✓ 200 pass ✗ 100 fail');
  await scorer.getByText('Some that do not pass').click();
  await expect(scorer.getByRole('listitem')).toHaveCount(3);
  await expect(scorer.getByRole('listitem').first()).toContainText(/Asked: Where is order \d+\?/);
  await expect(scorer.getByRole('listitem').first()).toContainText(/Answered: Sorry, order \d+ is lost\./);
  await look(page, 'scorers-tried');

  await text.fill('lost');
  await expect(scorer.getByRole('status')).toContainText('✓ 100 pass ✗ 200 fail');
  await expect(scorer.getByRole('listitem').first(), 'what was opened stays open').toBeVisible();
  await scorer.getByLabel('The other way round: passes when this does not hold').check();
  await expect(scorer.getByRole('status')).toContainText('✓ 200 pass ✗ 100 fail');
  await scorer.getByLabel('The response').selectOption('latency');
  await scorer.getByLabel('At most, in milliseconds').fill('100');
  await expect(scorer.getByRole('status')).toContainText('– 300 skipped');
  await scorer.getByLabel('The response').selectOption('regex');
  await scorer.getByRole('textbox', { name: 'Regular expression' }).fill('(order');
  await expect(scorer.getByRole('status')).toContainText('! 300 did not work');

  await page.getByRole('button', { name: 'Add a scorer' }).click();
  const second = page.getByRole('group', { name: 'Scorer 2' });
  await second.getByLabel('The response').selectOption('rouge-l');
  await expect(second.getByRole('status')).toContainText('✓ 300 pass');
  await expect(second.getByRole('status')).toContainText('compared with itself');
  expect(asked.filter((path) => path.endsWith('/export'))).toHaveLength(1);
});

test('what is wrong with a form is said at its fields', async ({ page, allow }) => {
  allow(/Failed to load resource/);
  await page.goto(`/sets/${made.set}?part=criteria`);
  await page.getByRole('button', { name: 'Add a criterion' }).click();
  const added = page.getByRole('group', { name: 'New criterion' });
  await added.getByLabel('Name', { exact: true }).fill('Polite');
  const criterion = page.getByRole('group', { name: 'Polite' });
  await criterion.getByLabel('Question, in plain words').fill('Is it polite?');
  const weight = criterion.getByLabel('Weight');
  await weight.fill('heavy');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(weight).toHaveAttribute('aria-invalid', 'true');
  await expect(weight).toHaveAccessibleDescription(/"heavy" is not a weight\.$/);
  await expect(weight).toBeFocused();
  await expect(criterion.getByLabel('Name', { exact: true })).not.toHaveAttribute('aria-invalid');
  await look(page, 'criteria-wrong');
  await weight.fill('1');
  await criterion.getByLabel('Name', { exact: true }).fill('Helpful');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('form').getByRole('alert')).toContainText(/Helpful/);

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Add a provider…' }).click();
  const provider = page.getByRole('dialog', { name: 'Add a provider' });
  await provider.getByLabel('Name').fill('Not a name');
  await provider.getByLabel('Models, one a line').fill('one');
  await provider.getByRole('button', { name: 'Save' }).click();
  await expect(provider.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(provider.getByLabel('Name')).toBeFocused();
  await provider.getByLabel('Name').fill('inside');
  await provider.getByLabel('Address').fill('http://169.254.169.254');
  await provider.getByRole('button', { name: 'Save' }).click();
  // Only the service knows which addresses are refused.
  await expect(provider.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await expect(provider.getByLabel('Address')).toHaveAccessibleDescription(/.+/);
  await look(page, 'provider-wrong');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'New key…' }).click();
  const key = page.getByRole('dialog', { name: 'New access key' });
  await key.getByLabel('Name').fill('CI');
  await key.getByRole('checkbox', { name: /^ingest/ }).uncheck();
  await key.getByRole('button', { name: 'Make the key' }).click();
  await expect(key.getByRole('group', { name: 'It may' })).toHaveAccessibleDescription('Choose at least one thing that the key may do.');
});
