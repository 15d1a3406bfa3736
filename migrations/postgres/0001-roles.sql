-- vestige_app: what the API, the collector and the workers run as. It owns nothing, so it can neither switch row-level
-- security off nor touch what it was not granted. vestige_directory owns the few functions that work before a tenant
-- is known. Roles belong to the whole server, so another database may have made them already, perhaps right now.
DO $$ BEGIN
  CREATE ROLE vestige_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;

DO $$ BEGIN
  CREATE ROLE vestige_directory NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;

-- Handing a function to a role needs SET on that role, which only a superuser has without asking.
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT vestige_directory TO %I', current_user);
  END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO vestige_app, vestige_directory;

-- The tenant of the running transaction; NULL, which equals nothing, when nobody set one. After a transaction that set
-- it, the setting is '' and not NULL.
CREATE FUNCTION vestige_tenant() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('vestige.tenant', true), '')::integer $$;
