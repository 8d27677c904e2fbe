-- What a run was told while it was under way: the newest value counts, and null changes nothing.
CREATE TABLE run_change (
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  budget_usd REAL,
  concurrency INTEGER,
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- Money that a shard may spend before it asks again, and the calls that it may have under way: what is left of
-- either when a slice begins was lost with the slice before.
ALTER TABLE run_spend ADD COLUMN reserved_usd REAL NOT NULL DEFAULT 0;
ALTER TABLE run_spend ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0;
