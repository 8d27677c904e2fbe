-- What people call topics of failures. Rows are only added: of one middle, the terms that a topic is known again
-- by, the newest counts, and one without a name takes the name away.
CREATE TABLE topic_name (
  seq INTEGER PRIMARY KEY,
  set_id TEXT NOT NULL,
  middle_key TEXT NOT NULL,
  name TEXT,
  terms TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX topic_name_by_set ON topic_name (set_id, seq);
CREATE INDEX topic_name_by_middle ON topic_name (set_id, middle_key, seq);
