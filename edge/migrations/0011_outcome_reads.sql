-- The orders in which results are listed, worst first. By score, what has none comes first: errors, then what could
-- not be judged. By the difference to the baseline, what has no baseline comes last. Neither is kept in the row.
ALTER TABLE outcome ADD COLUMN score_order REAL GENERATED ALWAYS AS
  (coalesce(score, CASE verdict WHEN 'error' THEN -2 ELSE -1 END)) VIRTUAL;
ALTER TABLE outcome ADD COLUMN delta_order REAL GENERATED ALWAYS AS
  (coalesce(score - baseline_score, CASE verdict WHEN 'error' THEN -3 WHEN 'unscored' THEN -2 ELSE 2 END)) VIRTUAL;

-- A page of results is read in either order, of one verdict or of all merged; and the outcomes of each verdict are
-- counted without a look at their rows. Each index costs one more row written for each outcome: two in all.
CREATE INDEX outcome_by_score ON outcome (run_id, verdict, score_order, item_id);
CREATE INDEX outcome_by_delta ON outcome (run_id, verdict, delta_order, item_id);

-- The items that were tried again, whose earlier outcomes no longer count. Costs a row for each of them, and no other.
CREATE INDEX run_item_again ON run_item (run_id, item_id, attempt) WHERE attempt > 1;
