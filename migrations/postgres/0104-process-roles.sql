-- One role for each process, so that a stolen login is worth no more than its process. vestige_app stays what the API and
-- its workflow run as; workers have no login here at all, they speak HTTP. Whoever adds a table that one of these needs
-- adds the policy and the grant beside it (store/src/tables/row-security.int.test.ts says which table is meant for whom).
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['vestige_collector', 'vestige_verifier'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO vestige_collector, vestige_verifier;

-- The collector gives tokens their subject and hears whom it must refuse. It cannot read a request, an identifier, a key
-- of the API or an audit entry, and takes nobody's alias away.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['subjects', 'aliases', 'tenant_secrets', 'suppression', 'suppression_versions', 'collectors',
                              'subject_sets', 'subject_set_members', 'stores', 'node_aliases', 'internal_hosts', 'findings',
                              'audit_pending', 'audit_payload'] LOOP
    EXECUTE format('CREATE POLICY collector ON %I TO vestige_collector USING (tenant = vestige_tenant()) '
                   'WITH CHECK (tenant = vestige_tenant())', name);
  END LOOP;
END $$;
CREATE POLICY collector ON tenants FOR SELECT TO vestige_collector USING (id = vestige_tenant());
GRANT SELECT ON tenants, suppression, suppression_versions, subject_sets, subject_set_members, stores, internal_hosts
  TO vestige_collector;
GRANT SELECT, INSERT ON aliases, tenant_secrets, node_aliases TO vestige_collector;
-- An upsert that changes nothing: it waits for whoever sees the token first at the same moment.
GRANT UPDATE (token) ON aliases TO vestige_collector;
GRANT INSERT ON subjects TO vestige_collector;
GRANT SELECT, INSERT, UPDATE (suppression_version, seen_at) ON collectors TO vestige_collector;
GRANT SELECT, INSERT, UPDATE (times, last_seen, details) ON findings TO vestige_collector;
-- It writes entries and cannot read them, nor whom they are about; `id` alone joins the two.
GRANT INSERT, SELECT (tenant, id) ON audit_pending, audit_payload TO vestige_collector;
GRANT EXECUTE ON FUNCTION vestige_key(text), vestige_live_keys(text[]), vestige_quotas(), vestige_collector_tenants(text),
  vestige_tenants() TO vestige_collector;

-- Whoever checks from outside what the application says of itself: the log, its proofs, certificates and receipts. Reads
-- nothing that names a person and writes nothing.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_entry', 'audit_node', 'audit_checkpoint', 'audit_anchor', 'audit_redaction',
                              'certificates', 'receipts'] LOOP
    EXECUTE format('CREATE POLICY verifier ON %I FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant())', name);
    EXECUTE format('GRANT SELECT ON %I TO vestige_verifier', name);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION vestige_tenants() TO vestige_verifier;

-- Whoever runs the migrations was made a member of the directory (0001) to hand it functions. As a member they would see
-- what its policies show, keys of all tenants, although row security is forced upon owners. A later file that hands a
-- function over grants it again, as 0001 does, and takes it back at its end.
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('REVOKE vestige_directory FROM %I', current_user);
  END IF;
END $$;
