-- What a shard has seen of whom it asks, in its newest slice: JSON. Whether a key or model is refused for everybody
-- no shard can tell alone when each has an item or two.
ALTER TABLE run_spend ADD COLUMN seen TEXT NOT NULL DEFAULT '{}';
