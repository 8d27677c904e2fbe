-- What no code reads or writes any more: calls under way are counted by the shard that makes them, and items that were
-- tried again are found by their outcomes.
DROP INDEX run_item_again;
ALTER TABLE run_spend DROP COLUMN under_way;
