-- Marks are taken off the rows again once a restriction was lifted (GDPR Art. 18(3)).
ALTER TABLE tasks DROP CONSTRAINT tasks_action_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_action_check
  CHECK (action IN ('search', 'export', 'erase', 'verify', 'notify', 'restrict', 'unrestrict', 'rectify'));
