-- Evidence: one row per report that was accepted, never changed. No personal data.
CREATE TABLE receipts (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  fence bigint NOT NULL,
  request_id uuid NOT NULL,
  phase text NOT NULL CHECK (phase IN ('execute', 'verify')),
  -- The event of the task's table that the report amounted to.
  event text NOT NULL,
  by_key text NOT NULL,
  worker text NOT NULL,
  found bigint NOT NULL,
  erased bigint NOT NULL,
  residual bigint NOT NULL,
  searched boolean NOT NULL,
  method text NOT NULL,
  evidence_digest text NOT NULL,
  cannot_erase text[] NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant, task_id, fence),
  FOREIGN KEY (tenant, task_id) REFERENCES tasks (tenant, id)
);
CREATE INDEX receipts_by_request ON receipts (tenant, request_id, at);
ALTER TABLE receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON receipts TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON receipts TO vestige_app;
CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE ON receipts
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

-- Rows that an export task delivered, as NDJSON under the request's key, until they are sealed into the package.
CREATE TABLE task_data (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  request_id uuid NOT NULL,
  fence bigint NOT NULL,
  row_count bigint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (tenant, task_id),
  FOREIGN KEY (tenant, task_id) REFERENCES tasks (tenant, id)
);
ALTER TABLE task_data ENABLE ROW LEVEL SECURITY;
ALTER TABLE task_data FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON task_data TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON task_data TO vestige_app;

-- The sealed copy a person receives. The row outlives its expiry as a fact; its bytes and its key do not.
CREATE TABLE packages (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  sha256 text NOT NULL CHECK (sha256 ~ '^sha256:[0-9a-f]{64}$'),
  complete boolean NOT NULL,
  byte_count bigint NOT NULL,
  sealed bytea,
  sealed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  downloads integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, request_id),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE packages ENABLE ROW LEVEL SECURITY;
ALTER TABLE packages FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON packages TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON packages TO vestige_app;

-- Signed and canonical, byte for byte. A reopened request gets another one; none is ever replaced.
CREATE TABLE certificates (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  id uuid NOT NULL,
  bytes bytea NOT NULL,
  issued_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, request_id, plan_version),
  FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans (tenant, request_id, version)
);
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON certificates TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON certificates TO vestige_app;
CREATE TRIGGER certificates_append_only BEFORE UPDATE OR DELETE ON certificates
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
