-- The keys of lists of people that were there before 0151, once: they were read from the tokens, of which a list holds up to
-- 100,000, whenever somebody was followed through it. Whoever writes such a list while processes of two versions run leaves
-- it null, and its tokens are asked. The owner is bound by the policies of these tables, which know no tenant here.
ALTER TABLE subject_sets NO FORCE ROW LEVEL SECURITY;
ALTER TABLE subject_set_members NO FORCE ROW LEVEL SECURITY;
UPDATE subject_sets s
SET kids = ARRAY(
  SELECT DISTINCT split_part(m.token, '.', 2) FROM subject_set_members m
  WHERE m.tenant = s.tenant AND m.set_id = s.id)
WHERE s.kids IS NULL;
ALTER TABLE subject_set_members FORCE ROW LEVEL SECURITY;
ALTER TABLE subject_sets FORCE ROW LEVEL SECURITY;
