-- Properties of the item, its request and the new response, for slices; null on rows that are older.
ALTER TABLE outcome ADD COLUMN properties TEXT;
