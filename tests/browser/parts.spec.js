// The parts of the app that are fetched when a page of theirs is asked for.

import { enter, expect, testIn } from './support.js';

const test = testIn();

/** Notes what a page fetches of the app itself. */
function fetched(page) {
  const paths = new Set();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/assets/')) paths.add(pathname);
  });
  return paths;
}

/** Resolves when the page has had nothing to fetch for a while. */
const settled = (page) => page.waitForLoadState('networkidle');

for (const [name, path, signedIn] of [
  ['sign-in page', '/sign-in', false],
  ['home page', '/', true],
]) {
  test(`the ${name} fetches what the document names, and no part`, async ({ page, world }) => {
    if (signedIn) await enter(page, world);
    const paths = fetched(page);
    const html = await (await page.goto(path)).text();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await settled(page);
    expect([...paths].sort()).toEqual(html.match(/(?<=(?:src|href)=")\/assets\/[^"]+/g).sort());
  });
}

test('the part behind a link is there before the link is followed', async ({ page, world }) => {
  await enter(page, world);
  await page.goto('/');
  await settled(page);
  for (const [name, reach] of [
    ['Logs', (link) => link.hover()],
    ['Settings', (link) => link.focus()],
  ]) {
    const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
    await reach(link);
    await settled(page);
    const paths = fetched(page);
    await link.press('Enter');
    await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
    expect([...paths], name).toEqual([]);
  }
});

test('a part that does not come says so, and can be had again', async ({ page, world, allow }) => {
  allow(/Failed to load resource|Failed to fetch|Response has unsupported MIME type|Failed to execute 'compile'/);
  await enter(page, world);
  // After a deployment the files of the version before are gone: the document answers in their place.
  const parts = '**/assets/split_*.wasm';
  let asked = 0;
  await page.route(parts, (route) => {
    asked += 1;
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' });
  });
  await page.goto('/logs');
  await expect(page.getByRole('heading', { name: 'Logs', level: 1 })).toBeVisible();
  const fault = page.getByRole('alert');
  await expect(fault).toContainText('This part of Assay did not load.');
  const before = asked;
  await fault.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => asked).toBeGreaterThan(before);
  await expect(fault).toContainText('This part of Assay did not load.');

  await page.unroute(parts);
  // The try before may still be under way, and come to a good end now.
  await expect(async () => {
    const again = fault.getByRole('button', { name: 'Try again' });
    if (await again.isVisible()) await again.click({ timeout: 1_000 });
    await expect(page.getByText('No logs here.')).toBeVisible({ timeout: 2_000 });
  }).toPass();

  await page.route(parts, (route) => route.abort());
  await page.reload();
  const reload = fault.getByRole('button', { name: 'Reload' });
  await expect(reload).toBeVisible();
  await page.unroute(parts);
  await reload.click();
  await expect(page.getByText('No logs here.')).toBeVisible();
});
