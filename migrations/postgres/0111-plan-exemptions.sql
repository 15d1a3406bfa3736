-- What stays although the person asked, as officers entered it while assessing; the plan repeats it, and the approval binds
-- the plan. Codes, node ids and legal bases: no personal data.
ALTER TABLE requests ADD COLUMN exemptions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(exemptions) = 'array');
-- Parts of the place that stay while the rest of it goes; NULL: nothing does.
ALTER TABLE tasks ADD COLUMN keeps jsonb CHECK (jsonb_typeof(keeps) = 'array' AND jsonb_array_length(keeps) > 0);
