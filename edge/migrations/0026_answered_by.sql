-- Which model gave a judgement, and in which of its provider's set-ups, as the provider says. Of those that are there
-- already nobody knows.
ALTER TABLE judgement ADD COLUMN model TEXT;
ALTER TABLE judgement ADD COLUMN system_fingerprint TEXT;
