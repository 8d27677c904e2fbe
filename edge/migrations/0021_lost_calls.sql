-- Calls that were begun, and lost with a slice that did not come to write them: what the service was stopped in the middle
-- of. What they cost is not known; they are taken to cost what the other calls of their run do.
ALTER TABLE run_spend ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_spend ADD COLUMN lost_usd REAL NOT NULL DEFAULT 0;
