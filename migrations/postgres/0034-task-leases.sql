-- Every claim first takes back the tasks of silent workers.
CREATE INDEX tasks_leased ON tasks (tenant, lease_until) WHERE lease_until IS NOT NULL;
