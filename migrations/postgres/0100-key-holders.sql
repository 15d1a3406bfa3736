-- A key says in which role it was made and who holds it. The person behind a key decides wherever two people are needed
-- (core/src/access/four-eyes.ts), so a key cannot change hands: whoever should hold it gets another one.
ALTER TABLE api_keys
  -- The table of roles is in core/src/access/roles.ts. NULL: its scopes were chosen one by one.
  ADD COLUMN role text CHECK (role IN
    ('viewer', 'dsr_agent', 'approver', 'auditor', 'admin', 'ingest', 'worker', 'verifier', 'owner')),
  -- The company's own name for the holder; `key:<id>` of the key that made it, or of itself, when nobody was named. So a
  -- key that names nobody is in the hands of whoever made it.
  ADD COLUMN person text NOT NULL CHECK (person ~ '^(key:[0-9a-z]{16}|[a-z0-9][a-z0-9._-]{0,63})$'),
  -- The key whose place this one took; the other one expires a little later.
  ADD COLUMN replaces text;
CREATE INDEX api_keys_by_person ON api_keys (tenant, person);
GRANT UPDATE (expires_at) ON api_keys TO vestige_app;

DROP FUNCTION vestige_key(text);
CREATE FUNCTION vestige_key(wanted text)
RETURNS TABLE (tenant integer, tenant_name text, id text, name text, scopes text[], role text, person text,
  expires_at timestamptz, salt bytea, hash bytea, live boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT k.tenant, t.name, k.id, k.name, k.scopes, k.role, k.person, k.expires_at, k.salt, k.hash,
         k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  FROM api_keys k JOIN tenants t ON t.id = k.tenant
  WHERE k.id = wanted
$$;
GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_key(text) OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_key(text) TO vestige_app;
