-- Who changed what with the rights of an operator. Rows are added and never changed, whoever asks.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  subject TEXT NOT NULL,
  -- The access key that was shown, or that the session was opened with; null for the operator's own token.
  key_id TEXT,
  session INTEGER NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  thing TEXT,
  status INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (created_at, id);
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'what was done stays written as it was');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'what was done stays written');
END;
