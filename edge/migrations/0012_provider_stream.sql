-- Whether a provider is asked to stream its answers to runs: 1 or 0 as it was told, null as its address usually does.
ALTER TABLE provider ADD COLUMN stream INTEGER;
