-- How many logs had grown too old before the last pass that deleted any, and after it. Of earlier passes nobody knows.
ALTER TABLE retention ADD COLUMN old_before INTEGER;
ALTER TABLE retention ADD COLUMN old_after INTEGER;
