-- Every plan a request ever had; approvals name one by its hash. No personal data: the aliases are a commitment.
CREATE TABLE plans (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  hash text NOT NULL CHECK (hash ~ '^sha256:[0-9a-f]{64}$'),
  plan jsonb NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, request_id, version),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE plans FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON plans TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON plans TO vestige_app;

-- Keyed hashes of the person's records, per target, for the tasks of a plan. Gone with the request.
CREATE TABLE plan_records (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  node text COLLATE "C" NOT NULL,
  refs text[] NOT NULL CHECK (cardinality(refs) <= 10000),
  PRIMARY KEY (tenant, request_id, node),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE plan_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_records FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON plan_records TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON plan_records TO vestige_app;

-- One target of an approved plan. `state` moves only through core/src/request/task-state.ts; a worker's report counts
-- only under the fence of its lease, which every claim raises.
CREATE TABLE tasks (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  node text COLLATE "C" NOT NULL CHECK (length(node) BETWEEN 1 AND 1024),
  action text NOT NULL CHECK (action IN ('search', 'export', 'erase', 'verify', 'notify')),
  origin text NOT NULL,
  confidence text,
  -- Nodes of the same plan that must be clean first.
  upstream text[] NOT NULL,
  state text NOT NULL CHECK (state IN ('blocked', 'ready', 'leased', 'retry_wait', 'executed', 'settling', 'verifying',
    'verified', 'no_data_found', 'residual', 'delegated', 'exempt', 'failed_final')),
  fence bigint NOT NULL DEFAULT 0,
  attempt integer NOT NULL DEFAULT 0,
  rounds integer NOT NULL DEFAULT 0,
  lease_by text,
  lease_worker text,
  lease_until timestamptz,
  not_before timestamptz NOT NULL,
  executed_by text,
  verified_by text,
  found bigint,
  erased bigint,
  residual bigint,
  method text,
  evidence_digest text,
  cannot_erase text[] NOT NULL DEFAULT '{}',
  failure_class text,
  failure_code text,
  failure_message text,
  exemption jsonb,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, request_id, plan_version, node),
  FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans (tenant, request_id, version),
  CHECK ((lease_by IS NULL) = (lease_until IS NULL)),
  CHECK (verified_by IS NULL OR verified_by <> executed_by)
);
CREATE INDEX tasks_to_claim ON tasks (tenant, not_before, id) WHERE state IN ('ready', 'verifying');
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tasks TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON tasks TO vestige_app;
