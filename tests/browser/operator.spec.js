// What an operator is told: who changed what and who was refused, whether that was tampered with, and what was lost.

import { DatabaseSync } from 'node:sqlite';
import { fileOf } from '../live/database.mjs';
import { enter, expect, importLogs, look, region, signIn, testIn } from './support.js';

const test = testIn();

/** What somebody does who gets at the database past the Worker, once nobody else uses it. */
async function tamper(page, world, sql) {
  await page.waitForLoadState('networkidle');
  const database = new DatabaseSync(await fileOf(world.state));
  try {
    database.exec(`PRAGMA busy_timeout = 5000; ${sql}`);
  } finally {
    database.close();
  }
}

/** Counts the calls that showing a page takes. */
async function callsFor(page, path, there) {
  const calls = [];
  const note = (request) => new URL(request.url()).pathname.startsWith('/api/') && calls.push(request.url());
  page.on('request', note);
  await page.goto(path);
  await expect(there).toBeVisible();
  await expect(page.getByText('Loading…')).toHaveCount(0);
  page.off('request', note);
  return calls;
}

test('a hash that was noted earlier is asked for, and the newest is copied', async ({ page, world }) => {
  await enter(page, world);
  await page.goto('/settings');
  const audit = region(page, 'Audit');
  await audit.getByText('Show the audit').click();
  const { data: [{ hash }] } = await world.ask('GET', '/api/audit');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await audit.getByRole('button', { name: 'Copy the hash' }).click();
  await expect(audit.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(hash);
  const noted = audit.getByRole('textbox', { name: 'A hash that was noted earlier' });
  const find = audit.getByRole('button', { name: 'Look for it' });
  await noted.fill('not a hash');
  await find.click();
  await expect(noted).toHaveAccessibleDescription('A hash is written as 64 of 0-9 and a-f.');
  await noted.fill('0'.repeat(64));
  await find.click();
  await expect(audit.getByText('✗ not as noted')).toBeVisible();
  await expect(audit.getByText(/No entry has this hash: it is of another audit/)).toBeVisible();
  await noted.fill(` ${hash.toUpperCase()}`);
  await page.keyboard.press('Enter');
  await expect(audit.getByText('✓ as noted')).toBeVisible();
  await expect(audit.getByText(/An entry has this hash\. The chain holds/)).toBeVisible();
  await look(page, 'audit-noted');
});

test('who changed what and who was refused is read, and what was tampered with shows', async ({ page, world }) => {
  // All at once: the chain does not fork.
  await Promise.all(Array.from({ length: 52 }, () => world.key('read')));
  expect((await world.api('POST', '/api/session', { token: 'wrong' })).status).toBe(401);
  const reader = await world.key('read');
  expect((await world.api('DELETE', '/api/keys/some-key', undefined, { token: reader })).status).toBe(403);
  await signIn(page, world);
  const { length } = (await world.ask('GET', '/api/audit?limit=200')).data;
  expect(length).toBeGreaterThan(55);

  const audit = region(page, 'Audit');
  expect(await callsFor(page, '/settings', audit)).toHaveLength(3);
  await audit.getByText('Show the audit').click();
  const standing = audit.getByRole('status').filter({ hasText: 'The chain' });
  await expect(standing).toHaveText(`✓ holds The chain holds: all ${length} entries are as they were written.`);
  const rows = audit.getByRole('row');
  await expect(audit.getByRole('table')).toHaveAttribute('aria-rowcount', String(length + 1));
  await expect(rows.nth(1)).toContainText(/sign in.*the operator's token.*done/);
  await expect(rows.nth(2)).toContainText(/revoke an access key.*some-key.*key “read”.*refused: not allowed/);
  await expect(rows.nth(4)).toContainText(/sign in.*somebody unknown.*refused: wrong token/);
  await look(page, 'audit');

  await tamper(page, world, "DROP TRIGGER audit_is_not_edited; UPDATE audit SET subject = 'key:reader' WHERE place = 7");
  await page.reload();
  await audit.getByText('Show the audit').click();
  await expect(standing).toContainText('✗ broken The chain is broken at entry 7');
  await look(page, 'audit-broken');
});

test('whoever is no operator sees no audit', async ({ page, world, allow }) => {
  allow(/status of 403/);
  const token = await world.key('read');
  expect((await page.request.post(`${world.url}/api/session`, { data: { token } })).status()).toBe(204);
  await page.goto('/settings');
  await expect(region(page, 'Access keys').getByText(/needs the scope "admin"/)).toBeVisible();
  await expect(region(page, 'Audit')).toHaveCount(0);
});

test('logs that were lost are told of where logs are counted, for a week', async ({ page, world }) => {
  await importLogs(world);
  await enter(page, world);
  const banner = region(page, 'Logs were lost');
  await page.goto('/logs');
  await expect(page.getByText('logs match')).toBeVisible();
  await expect(banner).toHaveCount(0);

  const now = Date.now();
  await tamper(page, world, `INSERT INTO tally (name, count, counted_at) VALUES ('log_dropped', 1200, ${now}), ('log_wordless', 3, ${now})`);
  expect((await world.ask('GET', '/api/health')).log_dropped).toBe(1200);
  for (const [path, name] of [['/', 'home-lost'], ['/logs', 'logs-lost']]) {
    expect((await callsFor(page, path, banner)).length, path).toBeLessThanOrEqual(3);
    await expect(banner).toContainText(/1,200 logs could not be stored, and 3 logs were stored without their words, last (just now|\d+ s ago)\./);
    await expect(banner).toContainText('Make room: delete logs');
    await look(page, name);
  }
  await expect(banner.getByRole('link', { name: 'What is kept' })).toHaveAttribute('href', '/settings');

  await tamper(page, world, `UPDATE tally SET counted_at = ${now - 8 * 24 * 3600 * 1000}`);
  await page.goto('/logs');
  await expect(page.getByText('logs match')).toBeVisible();
  await expect(banner).toHaveCount(0);
});
