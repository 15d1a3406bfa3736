-- What a tenant may send, where it differs from the collector's settings. NULL: as set there. 0: without limit.
CREATE TABLE tenant_quotas (
  tenant integer NOT NULL PRIMARY KEY REFERENCES tenants (id),
  spans_per_s integer CHECK (spans_per_s BETWEEN 0 AND 1000000000),
  bytes_per_s bigint CHECK (bytes_per_s BETWEEN 0 AND 1000000000000),
  changed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenant_quotas ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_quotas FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant_quotas TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY directory ON tenant_quotas FOR SELECT TO vestige_directory USING (true);
GRANT SELECT, INSERT ON tenant_quotas TO vestige_app;
GRANT UPDATE (spans_per_s, bytes_per_s, changed_at) ON tenant_quotas TO vestige_app;
GRANT SELECT ON tenant_quotas TO vestige_directory;

-- For the collector, which serves every tenant.
CREATE FUNCTION vestige_quotas() RETURNS TABLE (tenant integer, spans_per_s integer, bytes_per_s bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT q.tenant, q.spans_per_s, q.bytes_per_s FROM tenant_quotas q $$;

-- Which of these keys still open something. A question about now and not about what changed since: a change that is
-- committed late cannot be missed, and nothing has to be kept about what was asked before.
CREATE FUNCTION vestige_live_keys(wanted text[]) RETURNS TABLE (id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT k.id FROM api_keys k
  WHERE k.id = ANY (wanted) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$$;

GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_quotas() OWNER TO vestige_directory;
ALTER FUNCTION vestige_live_keys(text[]) OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_quotas(), vestige_live_keys(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_quotas(), vestige_live_keys(text[]) TO vestige_app;
