-- The sealed copy in pieces, so that no process ever holds a whole one. Each piece is AES-256-GCM under the package's key
-- and opens only in its place; pieces of an attempt that never finished have no key and are swept with the next one.
CREATE TABLE package_chunks (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  package_id uuid NOT NULL,
  ordinal integer NOT NULL CHECK (ordinal >= 0),
  sealed bytea NOT NULL,
  PRIMARY KEY (tenant, request_id, package_id, ordinal),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE package_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE package_chunks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON package_chunks TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON package_chunks TO vestige_app;

-- Null once expired: the row outlives the bytes as a fact.
ALTER TABLE packages DROP COLUMN sealed;
ALTER TABLE packages ADD COLUMN package_id uuid;

-- What stood open when a copy was about to be sealed, and who let it go out all the same.
CREATE TABLE package_sign_offs (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  -- A node id, or `lineage`.
  what text NOT NULL CHECK (length(what) BETWEEN 1 AND 1000),
  code text NOT NULL,
  basis text NOT NULL CHECK (length(basis) BETWEEN 1 AND 500),
  by_key text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant, request_id, plan_version, what),
  FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans (tenant, request_id, version)
);
ALTER TABLE package_sign_offs ENABLE ROW LEVEL SECURITY;
ALTER TABLE package_sign_offs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON package_sign_offs TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON package_sign_offs TO vestige_app;

-- The reasons why a request waits are a closed list of the code, which several stages add to.
ALTER TABLE requests DROP CONSTRAINT requests_attention_check;
ALTER TABLE requests ADD CONSTRAINT requests_attention_form CHECK (attention ~ '^[a-z_]{1,60}$');
