-- Keys of one purpose each, per tenant. Apart from the rows they protect: a copy of the suppression list alone cannot be
-- tested against a list of tokens.
CREATE TABLE tenant_secrets (
  tenant integer NOT NULL REFERENCES tenants (id),
  purpose text NOT NULL CHECK (purpose IN ('suppression', 'idempotency')),
  key bytea NOT NULL CHECK (length(key) = 32),
  PRIMARY KEY (tenant, purpose)
);
ALTER TABLE tenant_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant_secrets TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON tenant_secrets TO vestige_app;

-- Events of an erased person that are still under way, or come back from a backup, are refused by what this list holds:
-- an HMAC of the token and a moment. Kept under GDPR Art. 17(3)(b) and 5(2), no longer than replays are possible.
CREATE TABLE suppression (
  tenant integer NOT NULL REFERENCES tenants (id),
  mac bytea NOT NULL CHECK (length(mac) = 32),
  erased_before timestamptz NOT NULL,
  request_id text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, mac)
);
CREATE INDEX suppression_by_expiry ON suppression (tenant, expires_at);
ALTER TABLE suppression ENABLE ROW LEVEL SECURITY;
ALTER TABLE suppression FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON suppression TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON suppression TO vestige_app;

-- Counts the changes of the list, so that a collector can say which one it has seen. Not derived from the list, whose
-- rows expire.
CREATE TABLE suppression_versions (
  tenant integer NOT NULL PRIMARY KEY REFERENCES tenants (id),
  version integer NOT NULL CHECK (version > 0)
);
ALTER TABLE suppression_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE suppression_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON suppression_versions TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON suppression_versions TO vestige_app;

-- An acknowledgement is the heartbeat too: an erasure waits for every collector that was alive lately.
CREATE TABLE collectors (
  tenant integer NOT NULL REFERENCES tenants (id),
  id text NOT NULL CHECK (length(id) BETWEEN 1 AND 200),
  suppression_version integer NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
ALTER TABLE collectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE collectors FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON collectors TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON collectors TO vestige_app;
