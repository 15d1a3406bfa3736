-- The address under which a person fetches their copy, and the code they need beside it. Only hashes: what is here opens
-- nothing. One per request; a new one replaces the old.
CREATE TABLE package_links (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  id uuid NOT NULL,
  token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
  code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
  downloads_max integer NOT NULL CHECK (downloads_max BETWEEN 1 AND 10),
  downloads integer NOT NULL DEFAULT 0,
  wrong_codes integer NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, request_id),
  FOREIGN KEY (tenant, request_id) REFERENCES packages (tenant, request_id)
);
CREATE UNIQUE INDEX package_links_by_token ON package_links (tenant, token_hash);
ALTER TABLE package_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE package_links FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON package_links TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON package_links TO vestige_app;
