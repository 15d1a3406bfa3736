-- Where one collector has acknowledged suppression. A collector that was restarted, and has not heard of a tenant yet,
-- must go on acknowledging for it, or an erasure waits until it is believed gone.
CREATE POLICY directory ON collectors FOR SELECT TO vestige_directory USING (true);
GRANT SELECT ON collectors TO vestige_directory;

CREATE FUNCTION vestige_collector_tenants(collector text) RETURNS TABLE (tenant integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT c.tenant FROM collectors c WHERE c.id = collector ORDER BY c.tenant $$;

GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_collector_tenants(text) OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_collector_tenants(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_collector_tenants(text) TO vestige_app;
