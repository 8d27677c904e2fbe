-- What a run has come to, without a look at all of it: each of these is kept by the database itself, in the
-- transaction that changes what it is taken from, whichever version of the code does that.

-- An outcome that no longer counts, since its item was tried again, is in no order of results. `run_item.attempt`
-- says the same: this is what the indexes can see of it. Costs nothing but when items are tried again.
ALTER TABLE outcome ADD COLUMN superseded INTEGER;
UPDATE outcome SET superseded = 1 WHERE EXISTS (SELECT 1 FROM run_item INDEXED BY run_item_again
  WHERE run_item.run_id = outcome.run_id AND run_item.item_id = outcome.item_id AND run_item.attempt > 1
  AND run_item.attempt > outcome.attempt);
CREATE TRIGGER run_item_tried_again AFTER UPDATE OF attempt ON run_item BEGIN
  UPDATE outcome SET superseded = 1 WHERE run_id = OLD.run_id AND item_id = OLD.item_id AND attempt < NEW.attempt
    AND superseded IS NULL;
END;
DROP INDEX outcome_by_score;
DROP INDEX outcome_by_delta;
CREATE INDEX outcome_by_score ON outcome (run_id, verdict, score_order, item_id) WHERE superseded IS NULL;
CREATE INDEX outcome_by_delta ON outcome (run_id, verdict, delta_order, item_id) WHERE superseded IS NULL;

-- How many outcomes of each verdict count. Costs one row written for each outcome; a run is asked about much more
-- often than that, and read all of its outcomes each time.
CREATE TABLE run_tally (
  run_id TEXT NOT NULL,
  verdict TEXT NOT NULL,
  outcomes INTEGER NOT NULL,
  PRIMARY KEY (run_id, verdict)
) STRICT, WITHOUT ROWID;
INSERT INTO run_tally (run_id, verdict, outcomes)
  SELECT run_id, verdict, count(*) FROM outcome WHERE superseded IS NULL GROUP BY run_id, verdict;
CREATE TRIGGER outcome_added AFTER INSERT ON outcome WHEN NEW.superseded IS NULL BEGIN
  INSERT INTO run_tally (run_id, verdict, outcomes) VALUES (NEW.run_id, NEW.verdict, 1)
    ON CONFLICT (run_id, verdict) DO UPDATE SET outcomes = outcomes + 1;
END;
CREATE TRIGGER outcome_superseded AFTER UPDATE OF superseded ON outcome WHEN OLD.superseded IS NULL AND NEW.superseded = 1 BEGIN
  UPDATE run_tally SET outcomes = outcomes - 1 WHERE run_id = NEW.run_id AND verdict = NEW.verdict;
END;
CREATE TRIGGER outcome_removed AFTER DELETE ON outcome WHEN OLD.superseded IS NULL BEGIN
  UPDATE run_tally SET outcomes = outcomes - 1 WHERE run_id = OLD.run_id AND verdict = OLD.verdict;
END;

-- Before this position of a run, every item that the shard has is finished, and none is without a shard: a slice looks
-- from here for what the one before it left. An item that is given back moves it back.
ALTER TABLE run_spend ADD COLUMN open_from INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER run_item_given_back AFTER UPDATE OF shard ON run_item WHEN NEW.shard IS NULL AND OLD.shard IS NOT NULL BEGIN
  UPDATE run_spend SET open_from = NEW.position WHERE run_id = NEW.run_id AND open_from > NEW.position;
END;
