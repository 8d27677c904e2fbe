// Cloudflare Access before a deployment, live: its keys come over the network, and the platform checks signatures.
//
// What a token must say is tried natively; here is tried that the real runtime tells a good signature from others.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { startWorld } from './world.mjs';

const AUDIENCE = 'the-tag-of-the-application';
const [team, stranger] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));

let world;
let keys;
let issuer;
/** How often the keys were read. */
let reads = 0;

before(async () => {
  keys = http.createServer((request, response) => {
    reads += 1;
    const found = request.method === 'GET' && request.url === '/cdn-cgi/access/certs';
    const published = { keys: [{ ...team.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }], public_certs: [] };
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found ? published : {}));
  });
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  issuer = `http://127.0.0.1:${keys.address().port}`;
  world = await startWorld({ env: { ACCESS_TEAM_DOMAIN: issuer, ACCESS_AUD: AUDIENCE, ACCESS_ADMINS: 'owner@acme.example' } });
});
after(async () => {
  await world?.close();
  keys?.close();
});

const encoded = (part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

function text(email, { head = {}, claims = {} } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const whole = { iss: issuer, aud: [AUDIENCE], email, iat: now, nbf: now, exp: now + 600, type: 'app', ...claims };
  return `${encoded({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...head })}.${encoded(whole)}`;
}

function token(email, changes = {}, key = team.privateKey) {
  const words = text(email, changes);
  return `${words}.${sign('RSA-SHA256', Buffer.from(words), key).toString('base64url')}`;
}

const ask = (headers, method = 'GET', path = '/api/session', body = undefined) => world.api(method, path, body, { token: null, headers });
const asserted = (jwt) => ask({ 'cf-access-jwt-assertion': jwt });

test('people whom Access names are signed in, and its keys are read once', async () => {
  const person = token('Jane@acme.example');
  const replies = await Promise.all(Array.from({ length: 10 }, () => asserted(person)));
  for (const { status, body } of replies) assert.deepEqual([status, body], [200, { subject: 'jane@acme.example', scopes: ['read', 'run'] }]);
  const owner = token('owner@acme.example');
  assert.deepEqual((await ask({ cookie: `theme=dark; CF_Authorization=${owner}` })).body, { subject: 'owner@acme.example', scopes: ['admin'] });
  assert.equal((await ask({ 'cf-access-jwt-assertion': person }, 'GET', '/api/keys')).status, 403);
  assert.equal(reads, 1);
});

test('what they change is changed from the page of the app, under their name', async () => {
  const owner = { 'cf-access-jwt-assertion': token('owner@acme.example') };
  const change = (headers) => ask({ ...owner, ...headers }, 'PATCH', '/api/settings', { log: { mode: 'full' } });
  assert.equal((await change({})).status, 403);
  assert.equal((await change({ origin: issuer })).status, 403);
  assert.equal((await change({ origin: world.url })).status, 200);
  const { data } = await world.ask('GET', '/api/audit');
  assert.deepEqual([data[0].subject, data[0].session, data[0].route], ['owner@acme.example', true, '/api/settings']);
});

test('no other signature counts', async () => {
  const good = token('jane@acme.example');
  const [words, signature] = [good.slice(0, good.lastIndexOf('.')), good.slice(good.lastIndexOf('.') + 1)];
  const flipped = Buffer.from(signature, 'base64url');
  flipped[100] ^= 1;
  const secret = team.publicKey.export({ format: 'pem', type: 'spki' });
  const hmac = text('owner@acme.example', { head: { alg: 'HS256' } });
  const bad = {
    flipped: `${words}.${flipped.toString('base64url')}`,
    cut: `${words}.${signature.slice(0, 100)}`,
    none: `${words}.`,
    another: `${text('owner@acme.example')}.${signature}`,
    stranger: token('jane@acme.example', {}, stranger.privateKey),
    sha512: `${words}.${sign('RSA-SHA512', Buffer.from(words), team.privateKey).toString('base64url')}`,
    unsigned: `${text('jane@acme.example', { head: { alg: 'none' } })}.`,
    secret: `${hmac}.${createHmac('sha256', secret).update(hmac).digest('base64url')}`,
    unknown: token('jane@acme.example', { head: { kid: 'k2' } }),
    over: token('jane@acme.example', { claims: { exp: 1_700_000_000 } }),
    elsewhere: token('jane@acme.example', { claims: { aud: 'another' } }),
    text: 'jane@acme.example',
  };
  for (const [name, jwt] of Object.entries(bad)) {
    const { status, body } = await asserted(jwt);
    assert.equal(status, 401, name);
    assert.match(body.detail, /^the token of Cloudflare Access does not say who you are: /, name);
  }
  assert.equal((await asserted(good)).status, 200);
  assert.equal(reads, 1, 'a key that nobody knows is asked for no sooner than a minute after the last time');
});

test('the gateway takes access keys alone', async () => {
  const { status } = await ask({ 'cf-access-jwt-assertion': token('owner@acme.example') }, 'POST', '/v1/chat/completions', { model: 'scripted/scripted', messages: [] });
  assert.equal(status, 401);
});
