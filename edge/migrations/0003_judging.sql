-- What a judge chose, where it gives no level.
ALTER TABLE judgement ADD COLUMN choice TEXT;
