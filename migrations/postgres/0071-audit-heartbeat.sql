-- One heartbeat a day and tenant, whichever process writes it: silence of the log must be told from nothing happening.
CREATE TABLE audit_heartbeat (
  tenant integer NOT NULL REFERENCES tenants (id),
  -- UTC, by this server's clock.
  day date NOT NULL,
  -- The entry that says so waits under this id.
  id bigint NOT NULL,
  PRIMARY KEY (tenant, day)
);
ALTER TABLE audit_heartbeat ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heartbeat FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_heartbeat TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON audit_heartbeat TO vestige_app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_heartbeat
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

-- Whose log has entries waiting, so that one question a second serves all tenants. Numbers of tenants, nothing of theirs.
GRANT SELECT (tenant) ON audit_pending TO vestige_directory;
CREATE POLICY directory ON audit_pending FOR SELECT TO vestige_directory USING (true);
CREATE FUNCTION vestige_audit_waiting() RETURNS SETOF integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT tenant FROM audit_pending $$;
GRANT CREATE ON SCHEMA public TO vestige_directory;
ALTER FUNCTION vestige_audit_waiting() OWNER TO vestige_directory;
REVOKE CREATE ON SCHEMA public FROM vestige_directory;
REVOKE ALL ON FUNCTION vestige_audit_waiting() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestige_audit_waiting() TO vestige_app;
