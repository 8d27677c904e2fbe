-- Who is told of what happens to runs. The secret that signs is sealed.
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- What a webhook is to be told: an event of a run, by its place among them. What it says of the run is read when it is
-- sent.
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  webhook_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  event TEXT NOT NULL,
  happened_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  tried_at INTEGER,
  -- When it is to be tried, again if need be; null once it was taken or given up.
  due_at INTEGER,
  status INTEGER,
  error TEXT
) STRICT;
CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_due_of_run ON delivery (run_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_by_webhook ON delivery (webhook_id, tried_at);
CREATE INDEX delivery_over ON delivery (happened_at) WHERE due_at IS NULL;

-- What is to be told is written in the transaction that writes what happened, whoever writes it: neither is there without
-- the other.
CREATE TRIGGER run_event_is_told AFTER INSERT ON run_event WHEN NEW.kind IN ('done', 'cancelled', 'paused') BEGIN
  INSERT INTO delivery (webhook_id, run_id, seq, event, happened_at, due_at)
    SELECT webhook.id, NEW.run_id, NEW.seq, wanted.value, NEW.at, NEW.at FROM webhook, json_each(webhook.events) AS wanted
    WHERE wanted.value = CASE NEW.kind WHEN 'paused' THEN 'run.paused' ELSE 'run.finished' END;
END;
