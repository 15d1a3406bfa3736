-- Somebody has looked at a finding and says why it needs nobody any more. The same thing found again later than that is
-- open again by itself: whoever finds it counts it and moves last_seen, and does not need to know of these columns.
ALTER TABLE findings
  ADD COLUMN settled_at timestamptz,
  ADD COLUMN settled_by text,
  -- In words; no personal data.
  ADD COLUMN settled_why text CHECK (length(settled_why) BETWEEN 1 AND 200),
  ADD CHECK ((settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (settled_why IS NULL));
