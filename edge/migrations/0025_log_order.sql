-- The orders in which logs are listed besides by time. What has no such number is found in the same index. The sum of
-- tokens is not kept in the row; each index costs one more row written for each log: three in all.
ALTER TABLE log ADD COLUMN tokens INTEGER GENERATED ALWAYS AS
  (coalesce(input_tokens + output_tokens, input_tokens, output_tokens)) VIRTUAL;
CREATE INDEX log_by_latency ON log (latency_ms, id);
CREATE INDEX log_by_cost ON log (cost_usd, id);
CREATE INDEX log_by_tokens ON log (tokens, id);
