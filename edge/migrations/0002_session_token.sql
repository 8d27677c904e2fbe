-- A session lasts no longer than the token that it was opened with: the hash of that token.
ALTER TABLE session ADD COLUMN granted_by TEXT NOT NULL DEFAULT '';
