-- A claim reads the tasks of the nodes it serves, nearest deadline first, from one index: the deadline is copied to the
-- tasks when it moves (`npm run bench -- requests`).
ALTER TABLE tasks ADD COLUMN due_on date NOT NULL DEFAULT 'infinity';
ALTER TABLE tasks ALTER COLUMN due_on DROP DEFAULT;
-- Tasks of a dry run count and change nothing; they are handed out while the plan waits for its approval.
ALTER TABLE tasks ADD COLUMN dry boolean NOT NULL DEFAULT false;
ALTER TABLE tasks DROP CONSTRAINT tasks_action_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_action_check
  CHECK (action IN ('search', 'export', 'erase', 'verify', 'notify', 'restrict', 'rectify'));
ALTER TABLE tasks DROP CONSTRAINT tasks_tenant_request_id_plan_version_node_key;
CREATE UNIQUE INDEX tasks_of_plan ON tasks (tenant, request_id, plan_version, node, dry);
DROP INDEX tasks_to_claim;
CREATE INDEX tasks_to_claim ON tasks (tenant, node, due_on, not_before, id)
  WHERE state IN ('ready', 'verifying') AND lease_until IS NULL AND origin <> 'own';
