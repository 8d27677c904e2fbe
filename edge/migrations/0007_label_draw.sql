-- How the item of a label was drawn, and how many results it stands for; null when somebody chose it by hand,
-- and on rows that are older.
ALTER TABLE label ADD COLUMN drawn TEXT;
ALTER TABLE label ADD COLUMN weight REAL;
