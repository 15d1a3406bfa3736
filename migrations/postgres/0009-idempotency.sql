-- Answers of creating calls, replayed to a client that repeats one. The fingerprint is keyed (tenant_secrets): a body may
-- hold a raw identifier, and an unkeyed hash of it could be guessed back.
CREATE TABLE idempotency_keys (
  tenant integer NOT NULL REFERENCES tenants (id),
  -- HMAC of API key id, method, path and the client's key: two API keys of a tenant do not meet.
  id bytea NOT NULL CHECK (length(id) = 32),
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  -- NULL while the first call is running.
  status integer,
  body text,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (tenant, claimed_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency_keys TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO vestige_app;
