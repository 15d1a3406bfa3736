-- How every tenant table is made, here and in later migrations:
--   a `tenant integer NOT NULL` column leading the primary key, ROW LEVEL SECURITY enabled and FORCEd, one policy on
--   vestige_tenant() with USING and WITH CHECK, and the grants that vestige_app needs, no more.
-- store/src/tables/schema.int.test.ts fails for a table that forgets one of them.
CREATE TABLE tenants (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO vestige_app USING (id = vestige_tenant());
CREATE POLICY directory ON tenants TO vestige_directory USING (true) WITH CHECK (true);
GRANT SELECT ON tenants TO vestige_app;
GRANT SELECT, INSERT ON tenants TO vestige_directory;

-- Makes the tenant when the name is new. Returns it either way.
CREATE FUNCTION vestige_ensure_tenant(wanted text) RETURNS TABLE (id integer, name text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  INSERT INTO tenants (name) SELECT wanted WHERE NOT EXISTS (SELECT FROM tenants WHERE tenants.name = wanted)
  ON CONFLICT DO NOTHING;
  SELECT tenants.id, tenants.name FROM tenants WHERE tenants.name = wanted;
$$;

-- For the processes that serve every tenant: the request workflow and the collector's clean-up.
CREATE FUNCTION vestige_tenants() RETURNS TABLE (id integer, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenants.id, tenants.name FROM tenants ORDER BY tenants.id $$;

-- CREATE is needed for the moment of handing over, and taken back.
GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_ensure_tenant(text) OWNER TO vestige_directory;
ALTER FUNCTION vestige_tenants() OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_ensure_tenant(text), vestige_tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_ensure_tenant(text), vestige_tenants() TO vestige_app;
