-- What a judge chose, where it gives no level.
ALTER TABLE judgement ADD COLUMN choice TEXT;

-- Cases with a known answer, drawn when the run starts; `answer` is what came of one.
CREATE TABLE canary (
  run_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  criterion INTEGER NOT NULL,
  item_id TEXT NOT NULL,
  other_id TEXT,
  answer TEXT,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

-- A run that judges another's completions anew: whose, by which criteria if not the set's, and which
-- completion is each item's.
ALTER TABLE run ADD COLUMN rejudges TEXT;
ALTER TABLE run ADD COLUMN criteria TEXT;
ALTER TABLE run_item ADD COLUMN completion_key TEXT;
