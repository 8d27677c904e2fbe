-- What of the logged request the item's chat request has no place for, as a JSON list of words; null for nothing.
ALTER TABLE set_item ADD COLUMN lossy TEXT;
-- Tokens of the input that were read from the provider's cache; null when it does not say.
ALTER TABLE log ADD COLUMN cached_tokens INTEGER;
