-- The secret of a key is 256 random bits, so one round of SHA-256 with a salt per key is right: there is no dictionary
-- to slow down, and a slow hash would let anyone spend our CPU.
CREATE TABLE api_keys (
  tenant integer NOT NULL REFERENCES tenants (id),
  -- Random and unique over all tenants: it names the key before a tenant is known.
  id text NOT NULL UNIQUE CHECK (id ~ '^[0-9a-z]{16}$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
  salt bytea NOT NULL CHECK (length(salt) = 16),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (tenant, id)
);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON api_keys TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY directory ON api_keys FOR SELECT TO vestige_directory USING (true);
GRANT SELECT, INSERT ON api_keys TO vestige_app;
GRANT UPDATE (revoked_at) ON api_keys TO vestige_app;
GRANT SELECT ON api_keys TO vestige_directory;

-- Authentication happens before a tenant is known. One key by its whole id, and only what opening it needs.
CREATE FUNCTION vestige_key(wanted text)
RETURNS TABLE (tenant integer, tenant_name text, id text, name text, scopes text[], salt bytea, hash bytea, live boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT k.tenant, t.name, k.id, k.name, k.scopes, k.salt, k.hash,
         k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  FROM api_keys k JOIN tenants t ON t.id = k.tenant
  WHERE k.id = wanted
$$;
GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_key(text) OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_key(text) TO vestige_app;
