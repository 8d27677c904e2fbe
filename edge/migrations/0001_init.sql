-- Logs. The row is narrow: lists and facets never read a body.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  import_key TEXT UNIQUE,
  feature TEXT,
  provider TEXT,
  model TEXT NOT NULL,
  status INTEGER,
  outcome TEXT NOT NULL,
  streamed INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  latency_ms INTEGER,
  ttft_ms INTEGER,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_usd REAL,
  user TEXT,
  session TEXT,
  tags TEXT NOT NULL,
  request_preview TEXT NOT NULL,
  response_preview TEXT NOT NULL
) STRICT;
CREATE INDEX log_by_time ON log (created_at, id);
CREATE INDEX log_by_feature ON log (feature, created_at, id);
CREATE INDEX log_by_model ON log (model, created_at, id);
CREATE INDEX log_by_provider ON log (provider, created_at, id);
CREATE INDEX log_by_outcome ON log (outcome, created_at, id);
CREATE INDEX log_by_user ON log (user, created_at, id) WHERE user IS NOT NULL;
CREATE INDEX log_by_session ON log (session, created_at, id) WHERE session IS NOT NULL;

-- A body above 900 kB is in the blob store under `blob`, and the text columns are null.
CREATE TABLE log_body (
  log_id TEXT PRIMARY KEY,
  request TEXT,
  response TEXT,
  blob TEXT
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE log_text USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');

-- Eval sets. A version is frozen when it is made; items come with one version and go with another.
CREATE TABLE eval_set (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  threshold REAL NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX eval_set_name ON eval_set (name) WHERE deleted_at IS NULL;
CREATE INDEX eval_set_by_time ON eval_set (updated_at, id);

CREATE TABLE set_version (
  set_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  criteria TEXT NOT NULL,
  scorers TEXT NOT NULL,
  change TEXT NOT NULL,
  item_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (set_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE set_item (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  set_id TEXT NOT NULL,
  log_id TEXT,
  feature TEXT,
  tags TEXT NOT NULL,
  verified INTEGER NOT NULL,
  content_key TEXT NOT NULL,
  sketch TEXT NOT NULL,
  request_preview TEXT NOT NULL,
  reference_preview TEXT,
  request TEXT,
  reference TEXT,
  blob TEXT,
  added_version INTEGER NOT NULL,
  removed_version INTEGER
) STRICT;
CREATE INDEX set_item_by_set ON set_item (set_id, id);
CREATE INDEX set_item_by_content ON set_item (set_id, content_key);
CREATE INDEX set_item_by_log ON set_item (log_id) WHERE log_id IS NOT NULL;

-- Saved targets, each change a version.
CREATE TABLE target (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  target TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX target_by_name ON target (name);

-- Runs. Status and progress are derived from events and outcomes.
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  set_id TEXT NOT NULL,
  set_version INTEGER NOT NULL,
  config TEXT NOT NULL,
  judge_version TEXT NOT NULL,
  total INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  idempotency_key TEXT UNIQUE,
  body_hash TEXT NOT NULL
) STRICT;
CREATE INDEX run_by_set ON run (set_id, created_at, id);
CREATE INDEX run_by_time ON run (created_at, id);

CREATE TABLE run_event (
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- Which items a run has, in its seeded order; which shard works on which; how often it was begun.
CREATE TABLE run_item (
  run_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  item_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  shard INTEGER,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX run_item_by_item ON run_item (run_id, item_id);
CREATE INDEX run_item_by_shard ON run_item (run_id, shard, position);

-- Facts, each under the hash of the question that it answers.
CREATE TABLE completion (
  key TEXT PRIMARY KEY,
  output TEXT NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_usd REAL,
  latency_ms INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE judgement (
  key TEXT PRIMARY KEY,
  judge_version TEXT NOT NULL,
  level INTEGER NOT NULL,
  reasoning TEXT NOT NULL,
  evidence TEXT NOT NULL,
  flags TEXT NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_usd REAL,
  latency_ms INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One per run, item and attempt; the attempt that counts is the one of `run_item`.
CREATE TABLE outcome (
  run_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  score REAL,
  baseline_score REAL,
  change TEXT,
  criteria TEXT NOT NULL,
  questions TEXT NOT NULL,
  completion_key TEXT,
  error TEXT,
  response_preview TEXT NOT NULL,
  flags TEXT NOT NULL,
  latency_ms INTEGER,
  cost_usd REAL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, item_id, attempt)
) STRICT, WITHOUT ROWID;

-- What the calls of a run came to, added up for each shard in the transaction that stores their facts.
CREATE TABLE run_spend (
  run_id TEXT NOT NULL,
  shard INTEGER NOT NULL,
  target_calls INTEGER NOT NULL,
  judge_calls INTEGER NOT NULL,
  memoised INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  window INTEGER NOT NULL,
  PRIMARY KEY (run_id, shard)
) STRICT, WITHOUT ROWID;

-- Access.
CREATE TABLE provider (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  protocol TEXT NOT NULL,
  base_url TEXT NOT NULL,
  sealed_key TEXT,
  key_hint TEXT,
  models TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;

CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Small counts that are shown, such as logs that could not be written.
CREATE TABLE tally (
  name TEXT PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
