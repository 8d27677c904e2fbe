// Serves what `make build` made, on this machine, in the runtime it is deployed to.
//
// Environment:
//   PORT                      8787; 0 takes a free one
//   STATE                     directory with the database, blobs and durable objects; .state
//   ADMIN_TOKEN               else the one in edge/.dev.vars, made on the first run
//   ENCRYPTION_KEY            likewise
//   ENCRYPTION_KEY_OLD        the one before, if that is to be replaced; else the one in edge/.dev.vars
//   DEMO_PROVIDER             1: the built-in provider that costs nothing; 0 turns it off
//   ALLOW_LOOPBACK_UPSTREAMS  passed on when set
//   ALLOWED_UPSTREAMS         passed on when set: origins on workers.dev that providers and webhooks may have
//   DEBUG_PANIC               passed on when set; 1: POST /api/debug/panic panics
//   *_API_KEY                 of OpenAI, Anthropic and Gemini, passed on when set
//   SWEEP_MS                  how often old logs, and what webhooks were not told, are looked for; every five minutes, as when deployed
//   PLATFORM_LIMIT            how many of anything the platform lets through in a period; 0: it counts nothing
//   UPSTREAM_DEADLINE_MS, UPSTREAM_IDLE_MS, GATEWAY_CALLS_PER_SECOND, SLICE_LIMIT  the Worker's limits, passed on when set
//
// Prints `ready <address>` on a line of its own once the Worker answers.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';

const root = resolve(import.meta.dirname, '..');
const edge = join(root, 'edge');
const host = '127.0.0.1';
const FILES = 'files';
const port = Number(process.env.PORT || 8787);
const state = resolve(process.env.STATE || join(root, '.state'));

if (!existsSync(join(edge, 'build/index.js')) || !existsSync(join(root, 'dist/index.html'))) {
  fail('nothing is built yet; run `make build` first');
}
await refuseTakenPort();

const config = readConfig();
await migrate();
const secrets = readSecrets();
// It ends the runtime when this process is told to end.
const miniflare = new Miniflare(worker());
await miniflare.ready;
const address = (await miniflare.unsafeGetDirectURL(config.name)).origin;
await healthy();
console.log(`Assay is on ${address}`);
console.log(`sign in: ${address}/sign-in#token=${secrets.ADMIN_TOKEN}`);
console.log(`ready ${address}`);
await keepTime();

function readConfig() {
  // Comments stand on lines of their own in that file.
  return JSON.parse(readFileSync(join(edge, 'wrangler.jsonc'), 'utf8').replace(/^\s*\/\/.*$/gm, ''));
}

/** What every instance of the runtime has, with or without the Worker in it. */
function runtime() {
  return {
    host,
    port: 0,
    log: new Log(LogLevel.WARN),
    telemetry: { enabled: false },
    cf: false,
    defaultPersistRoot: state,
  };
}

function databases() {
  return Object.fromEntries(config.d1_databases.map((d1) => [d1.binding, d1.database_name]));
}

/** What the platform counts, and how much of it passes in a period: as it is configured, unless somebody says otherwise. */
function rateLimits() {
  const given = Number(process.env.PLATFORM_LIMIT);
  const limits = config.ratelimits.map(({ name, namespace_id, simple }) => {
    return [name, { namespace_id, simple: { ...simple, limit: given || simple.limit } }];
  });
  return Object.fromEntries(process.env.PLATFORM_LIMIT === '0' ? [] : limits);
}

/**
 * The Worker and the bindings of wrangler.jsonc, in the local form of each, and the files of the app beside it.
 *
 * The Worker itself has the port. Files are not looked for first, as the platform does: the two programs that stand in
 * for that here take as long for each request as the gateway does.
 */
function worker() {
  const build = join(edge, 'build');
  const wasm = readdirSync(build).filter((name) => name.endsWith('.wasm'));
  const compatibility = { compatibilityDate: config.compatibility_date, compatibilityFlags: config.compatibility_flags };
  return {
    ...runtime(),
    workers: [
      {
        name: config.name,
        ...compatibility,
        modulesRoot: edge,
        modules: [
          // The way in comes first.
          ...[join(edge, config.main), join(edge, 'passing.js'), join(build, 'index.js')].map((path) => ({ type: 'ESModule', path })),
          ...wasm.map((name) => ({ type: 'CompiledWasm', path: join(build, name) })),
        ],
        unsafeDirectSockets: [{ host, port }],
        bindings: { ...config.vars, ...secrets, ...settings() },
        d1Databases: databases(),
        ratelimits: rateLimits(),
        kvNamespaces: config.kv_namespaces.map((kv) => kv.binding),
        durableObjects: Object.fromEntries(
          config.durable_objects.bindings.map((object) => [object.name, { className: object.class_name, useSQLite: true }]),
        ),
        serviceBindings: {
          [config.assets.binding]: FILES,
          // Straight to the network: what stands in for the platform's way out takes a fifth of a millisecond a call.
          OUTWARD: { network: { allow: ['public', 'private'], tlsOptions: { trustBrowserCas: true, trustedCertificates: certificates() } } },
        },
      },
      {
        name: FILES,
        ...compatibility,
        modules: true,
        script: 'export default {}',
        assets: {
          directory: resolve(edge, config.assets.directory),
          routerConfig: { has_user_worker: false },
          assetConfig: { not_found_handling: config.assets.not_found_handling },
        },
      },
    ],
  };
}

/** Authorities that this machine trusts beside the usual ones, where Node is told of them too. */
function certificates() {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  return file && existsSync(file) ? readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [] : [];
}

function settings() {
  const names = [
    'DEMO_PROVIDER', 'ALLOW_LOOPBACK_UPSTREAMS', 'ALLOWED_UPSTREAMS', 'DEBUG_PANIC', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY',
    'UPSTREAM_DEADLINE_MS', 'UPSTREAM_IDLE_MS', 'UPLOAD_PATIENCE_MS', 'GATEWAY_CALLS_PER_SECOND', 'SLICE_LIMIT', 'ACCESS_TEAM_DOMAIN', 'ACCESS_AUD',
    'ACCESS_ADMINS',
  ];
  // Nothing limits a slice of a run here as the platform's free plan does, so slices may be long.
  const usual = { DEMO_PROVIDER: '1', SLICE_LIMIT: '1000' };
  const given = { ...usual, ...Object.fromEntries(names.map((name) => [name, process.env[name] ?? usual[name]])) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
}

/** Reads the secrets, and makes the ones that are nowhere to be found; `wrangler dev` reads the same file. */
function readSecrets() {
  const file = join(edge, '.dev.vars');
  const made = {
    ADMIN_TOKEN: randomBytes(32).toString('base64url'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  const lines = Object.entries(made).map(([name, value]) => `${name}=${value}\n`);
  try {
    // Fails if the file exists: of two servers started at once, one makes it and both read it.
    writeFileSync(file, lines.join(''), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const kept = Object.fromEntries(readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm).map(([, name, value]) => [name, value]));
  for (const name of Object.keys(made)) {
    if (!kept[name] && !process.env[name]) fail(`${name} is missing from edge/.dev.vars; delete the file to have it made again`);
  }
  const given = [...Object.keys(made), 'ENCRYPTION_KEY_OLD'].map((name) => [name, process.env[name] || kept[name]]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/**
 * Applies the migrations that the database has not seen, each with its record, in one transaction.
 *
 * In a runtime without the Worker: alarms of an earlier run go off as soon as the Worker is there, and would meet a
 * database that is behind it.
 */
async function migrate() {
  const miniflare = new Miniflare({ ...runtime(), d1Databases: databases(), modules: true, script: 'export default {}' });
  const db = await miniflare.getD1Database('DB');
  // The table is wrangler's, so that `wrangler d1 migrations` agrees on what has been applied.
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
      )`,
    )
    .run();
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all();
  const applied = new Set(results.map((row) => row.name));
  const folder = join(edge, 'migrations');
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names.filter((name) => !applied.has(name))) {
    // The runtime takes a whole file as one query if only the last statement has parameters. A batch is a transaction.
    const query = `${readFileSync(join(folder, name), 'utf8')}\nINSERT INTO d1_migrations (name) VALUES (?)`;
    await db.batch([db.prepare(query).bind(name)]).catch((error) => fail(`migration ${name} failed: ${error.message}`));
  }
  await miniflare.dispose();
}

/** Sets off what the platform's clock sets off when deployed: nothing does so here. */
async function keepTime() {
  const worker = await miniflare.getWorker(config.name);
  const [cron] = config.triggers.crons;
  setInterval(async () => {
    // One that fails has written down why, and the next takes up what is left.
    await worker.scheduled({ cron, scheduledTime: new Date() }).catch(() => {});
  }, Number(process.env.SWEEP_MS || 300_000)).unref();
}

async function healthy() {
  const response = await fetch(`${address}/api/health`);
  if (!response.ok) fail(`the Worker does not start: /api/health answers ${response.status} ${await response.text()}`);
}

async function refuseTakenPort() {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening').catch((error) => {
    fail(error.code === 'EADDRINUSE' ? `port ${port} is taken; stop what uses it, or set PORT` : error.message);
  });
  server.close();
  await once(server, 'close');
}

function fail(reason) {
  console.error(`serve: ${reason}`);
  process.exit(1);
}
