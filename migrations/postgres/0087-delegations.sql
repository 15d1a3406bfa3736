-- Work that was handed to an outside processor and what it said since, by its callback or when asked. `due_at` is where
-- waiting ends. The state of the task stays `delegated`: a processor's word is no proof.
CREATE TABLE delegations (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  request_id uuid NOT NULL,
  node text COLLATE "C" NOT NULL,
  -- How it is spoken to, e.g. `opendsr`.
  channel text NOT NULL CHECK (channel ~ '^[a-z][a-z0-9_]{0,31}$'),
  -- Its domain, where its paths begin, and what it knows the work by.
  processor text NOT NULL CHECK (length(processor) BETWEEN 1 AND 253),
  base_url text NOT NULL CHECK (length(base_url) <= 2048),
  reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
  callback_url text CHECK (length(callback_url) <= 2048),
  heard text NOT NULL CHECK (heard IN ('working', 'attested', 'partial', 'refused', 'cancelled', 'silent')),
  submitted_at timestamptz NOT NULL,
  expected_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  heard_at timestamptz,
  heard_by text CHECK (heard_by IN ('callback', 'poll')),
  escalated integer NOT NULL DEFAULT 0 CHECK (escalated IN (0, 50, 75, 90)),
  PRIMARY KEY (tenant, task_id),
  UNIQUE (tenant, processor, reference),
  FOREIGN KEY (tenant, task_id) REFERENCES tasks (tenant, id)
);
CREATE INDEX delegations_by_request ON delegations (tenant, request_id);
CREATE INDEX delegations_awaited ON delegations (tenant, heard_at) WHERE heard = 'working';
ALTER TABLE delegations ENABLE ROW LEVEL SECURITY;
ALTER TABLE delegations FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON delegations TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON delegations TO vestige_app;
