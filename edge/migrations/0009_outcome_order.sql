-- The order in which a run's outcomes were stored: a listener asks for what came after the last it heard. A clock
-- cannot tell, since each shard stores later than it decides. Rows that are older are all of batch 0.
ALTER TABLE outcome ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outcome_by_batch ON outcome (run_id, batch, item_id);
