-- What the set's scorers say of the new response and of the original; null on rows that are older.
ALTER TABLE outcome ADD COLUMN scorers TEXT;
ALTER TABLE outcome ADD COLUMN baseline_scorers TEXT;
