-- Whether somebody who was erased has come back: from a backup, from a detached part, from a queue that was forgotten.

-- A subject id leads to nobody once its aliases are gone, so what a scan of ClickHouse finds could not be told from the
-- living. This list can: an HMAC of the id under the key of the suppression list. Kept under the same grounds (GDPR
-- Art. 17(3)(b), 5(2)) and as long.
CREATE TABLE erased_people (
  tenant integer NOT NULL REFERENCES tenants (id),
  mac bytea NOT NULL CHECK (length(mac) = 32),
  request_id text NOT NULL,
  -- NULL while the erasure is under way: until then the rows may rightly be there.
  forgotten_at timestamptz,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, mac)
);
CREATE INDEX erased_people_by_expiry ON erased_people (tenant, expires_at);
ALTER TABLE erased_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_people FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON erased_people TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON erased_people TO vestige_app;

-- Looks that are due after an erasure (verification level V4), written in the transaction that ends it, so that none is
-- forgotten. A scan of everything that began after one was due answers it.
CREATE TABLE erasure_rechecks (
  tenant integer NOT NULL REFERENCES tenants (id),
  request_id text NOT NULL,
  after text NOT NULL CHECK (after IN ('day', 'week', 'month', 'backup_horizon')),
  due_at timestamptz NOT NULL,
  checked_at timestamptz,
  -- Rows that had come back.
  found bigint,
  scan_id uuid,
  PRIMARY KEY (tenant, request_id, after),
  CHECK ((checked_at IS NULL) = (found IS NULL))
);
CREATE INDEX erasure_rechecks_due ON erasure_rechecks (tenant, due_at) WHERE checked_at IS NULL;
ALTER TABLE erasure_rechecks ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasure_rechecks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON erasure_rechecks TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON erasure_rechecks TO vestige_app;

-- One pass over everybody who is stored, in the order of their ids, a page at a time: killed anywhere it goes on where it
-- was. `position` is an id that a scan has passed; it is emptied when the scan ends.
CREATE TABLE residue_scans (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  table_name text,
  position uuid,
  seen bigint NOT NULL DEFAULT 0,
  -- Rows that had come back, by request.
  resurfaced jsonb NOT NULL DEFAULT '{}',
  -- People nobody leads to and no erasure explains.
  unknown bigint NOT NULL DEFAULT 0,
  finished_at timestamptz,
  PRIMARY KEY (tenant, id),
  CHECK (finished_at IS NULL OR (table_name IS NULL AND position IS NULL))
);
-- One at a time.
CREATE UNIQUE INDEX residue_scans_open ON residue_scans (tenant) WHERE finished_at IS NULL;
CREATE INDEX residue_scans_by_time ON residue_scans (tenant, started_at);
ALTER TABLE residue_scans ENABLE ROW LEVEL SECURITY;
ALTER TABLE residue_scans FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON residue_scans TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON residue_scans TO vestige_app;

-- Invented people who are stored, erased and looked for every day, so that the machinery is known to work before somebody
-- needs it. No personal data: nobody is behind them.
CREATE TABLE canaries (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  subject_id uuid,
  planted_at timestamptz NOT NULL,
  verified_at timestamptz,
  -- The step that did not do what it promises.
  failed_step text CHECK (failed_step IN ('plant', 'suppress', 'erase', 'verify', 'replay')),
  PRIMARY KEY (tenant, id)
);
CREATE INDEX canaries_by_time ON canaries (tenant, planted_at);
ALTER TABLE canaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE canaries FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON canaries TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON canaries TO vestige_app;
