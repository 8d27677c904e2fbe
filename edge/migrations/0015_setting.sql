-- What a deployment has decided, one row for each matter: only what differs from how it is at first.
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When logs that had grown too old were looked for, and how many there were. One row.
CREATE TABLE retention (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  checked_at INTEGER NOT NULL,
  deleted_at INTEGER,
  logs INTEGER NOT NULL,
  bodies INTEGER NOT NULL,
  logs_in_all INTEGER NOT NULL
) STRICT;

-- Who uses a blob: it goes with the last one who does.
CREATE INDEX log_body_by_blob ON log_body (blob) WHERE blob IS NOT NULL;
CREATE INDEX set_item_by_blob ON set_item (blob) WHERE blob IS NOT NULL;
