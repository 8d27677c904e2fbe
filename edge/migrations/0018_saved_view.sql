-- Addresses of the app that somebody keeps under a name, for everybody. Of one page, each name is given once.
CREATE TABLE saved_view (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  query TEXT NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  author TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_view_by_name ON saved_view (path, name);
