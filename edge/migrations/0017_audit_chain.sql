-- Entries of the audit hang together: each has a place, the hash of the one before and its own. What was written before
-- waits to be chained in its old order, and so does what code of before this writes.
CREATE TABLE audit_waiting (
  turn INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  subject TEXT NOT NULL,
  key_id TEXT,
  session INTEGER NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  thing TEXT,
  status INTEGER NOT NULL,
  address_hash TEXT
) STRICT;
INSERT INTO audit_waiting (id, created_at, subject, key_id, session, method, route, thing, status)
  SELECT id, created_at, subject, key_id, session, method, route, thing, status FROM audit ORDER BY created_at, id;

DROP TABLE audit;
CREATE TABLE audit (
  -- From 1, without a gap. That nobody can take a place twice keeps the chain from forking.
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  subject TEXT NOT NULL,
  -- The access key that was shown, or that the session was opened with; null for the operator's own token.
  key_id TEXT,
  session INTEGER NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  thing TEXT,
  status INTEGER NOT NULL,
  -- Salted with a secret that is not in the database.
  address_hash TEXT,
  previous TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE
) STRICT;
-- How many refusals there were lately.
CREATE INDEX audit_refused ON audit (created_at) WHERE status >= 400;
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'what was done stays written as it was');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'what was done stays written');
END;
CREATE TRIGGER audit_of_before BEFORE INSERT ON audit WHEN NEW.hash IS NULL BEGIN
  INSERT INTO audit_waiting (id, created_at, subject, key_id, session, method, route, thing, status)
    VALUES (NEW.id, NEW.created_at, NEW.subject, NEW.key_id, NEW.session, NEW.method, NEW.route, NEW.thing, NEW.status);
  SELECT RAISE(IGNORE);
END;

-- Where the chain ends: whoever takes the newest entries away leaves this behind. One row.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  place INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_head_goes_on BEFORE UPDATE ON audit_head WHEN NEW.place <= OLD.place BEGIN
  SELECT RAISE(ABORT, 'what was done stays written');
END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN
  SELECT RAISE(ABORT, 'what was done stays written');
END;

-- When something was last counted. What was counted before this counts as counted now.
ALTER TABLE tally ADD COLUMN counted_at INTEGER;
UPDATE tally SET counted_at = unixepoch() * 1000;
