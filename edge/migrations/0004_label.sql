-- What people say of responses. Rows are only added: of one author about one thing the newest counts, and one
-- with neither level nor pass withdraws. A response is an item's completion; no criterion is all of it.
CREATE TABLE label (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  set_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  completion_key TEXT NOT NULL,
  criterion_key TEXT NOT NULL,
  author TEXT NOT NULL,
  level INTEGER,
  pass INTEGER,
  note TEXT,
  run_id TEXT NOT NULL,
  written_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX label_by_response ON label (item_id, completion_key, criterion_key, author, seq);
CREATE INDEX label_by_set ON label (set_id);

CREATE INDEX run_by_judge ON run (judge_version, created_at, id);
