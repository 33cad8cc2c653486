-- The engagement that a case led to, to be found by.
ALTER TABLE cases ADD COLUMN led_to TEXT;
UPDATE cases SET led_to = json_extract(state, '$.led_to.engagement');
CREATE INDEX cases_led_to ON cases (led_to) WHERE led_to IS NOT NULL;
