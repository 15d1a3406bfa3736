-- Tokens of who has left (0150) lead nowhere for a day, and what was kept of them is about them all the same: whoever writes
-- it anew has to tell them from who is being erased.
GRANT SELECT (tenant, id, left_at) ON subjects TO vestige_collector;

-- The keys that a list of people was made under. A person's tokens under other keys are other tokens, so such a list does
-- not say whether it holds somebody. Null for lists that were there before: their tokens are asked.
ALTER TABLE subject_sets ADD COLUMN kids text[];
