-- Large bodies that are in the blob store, or on their way there, while it is not certain that a row points to them: one whose
-- log or item was never written is deleted when it has been here for a day.
CREATE TABLE loose_body (
  key TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX loose_body_by_time ON loose_body (since);
