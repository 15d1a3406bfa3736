CREATE TABLE public.aliases (
  tenant integer NOT NULL,
  token text NOT NULL,
  subject_id uuid NOT NULL,
  kid text NOT NULL,
  type text,
  first_seen timestamp with time zone NOT NULL DEFAULT now(),
  retired boolean NOT NULL DEFAULT false,
  shared boolean NOT NULL DEFAULT false,
  CONSTRAINT aliases_pkey PRIMARY KEY (tenant, token, subject_id),
  CONSTRAINT aliases_tenant_subject_id_fkey FOREIGN KEY (tenant, subject_id) REFERENCES subjects(tenant, id),
  CONSTRAINT aliases_token_check CHECK (((length(token) >= 1) AND (length(token) <= 200)))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX aliases_by_subject ON public.aliases USING btree (tenant, subject_id);
CREATE UNIQUE INDEX aliases_living ON public.aliases USING btree (tenant, token) INCLUDE (subject_id) WHERE (NOT retired);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;
GRANT INSERT, SELECT TO vestige_collector;
GRANT UPDATE (token) TO vestige_collector;

CREATE TABLE public.api_keys (
  tenant integer NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL,
  salt bytea NOT NULL,
  hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  role text,
  person text NOT NULL,
  replaces text,
  CONSTRAINT api_keys_id_key UNIQUE (id),
  CONSTRAINT api_keys_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT api_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT api_keys_hash_check CHECK ((length(hash) = 32)),
  CONSTRAINT api_keys_id_check CHECK ((id ~ '^[0-9a-z]{16}$'::text)),
  CONSTRAINT api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT api_keys_person_check CHECK ((person ~ '^(key:[0-9a-z]{16}|[a-z0-9][a-z0-9._-]{0,63})$'::text)),
  CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'dsr_agent'::text, 'approver'::text, 'auditor'::text, 'admin'::text, 'ingest'::text, 'worker'::text, 'verifier'::text, 'owner'::text]))),
  CONSTRAINT api_keys_salt_check CHECK ((length(salt) = 16)),
  CONSTRAINT api_keys_scopes_check CHECK ((cardinality(scopes) > 0))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX api_keys_by_person ON public.api_keys USING btree (tenant, person);
CREATE POLICY directory FOR SELECT TO vestige_directory USING true;
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_directory;
GRANT UPDATE (expires_at, revoked_at) TO vestige_app;

CREATE TABLE public.audit_anchor (
  tenant integer NOT NULL,
  size bigint NOT NULL,
  kind text NOT NULL,
  place text NOT NULL,
  proof bytea NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_anchor_pkey PRIMARY KEY (tenant, size, kind, place),
  CONSTRAINT audit_anchor_tenant_size_fkey FOREIGN KEY (tenant, size) REFERENCES audit_checkpoint(tenant, size),
  CONSTRAINT audit_anchor_kind_check CHECK ((kind = ANY (ARRAY['rfc3161'::text, 'copy'::text]))),
  CONSTRAINT audit_anchor_place_check CHECK (((length(place) >= 1) AND (length(place) <= 255)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER no_delete BEFORE DELETE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.audit_checkpoint (
  tenant integer NOT NULL,
  size bigint NOT NULL,
  note text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (tenant, size),
  CONSTRAINT audit_checkpoint_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT audit_checkpoint_size_check CHECK ((size > 0))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER no_delete BEFORE DELETE ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.audit_entry (
  tenant integer NOT NULL,
  idx bigint NOT NULL,
  id bigint NOT NULL,
  entry bytea NOT NULL,
  request_id text,
  CONSTRAINT audit_entry_tenant_id_key UNIQUE (tenant, id),
  CONSTRAINT audit_entry_pkey PRIMARY KEY (tenant, idx),
  CONSTRAINT audit_entry_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT audit_entry_entry_check CHECK (((length(entry) >= 2) AND (length(entry) <= 65535))),
  CONSTRAINT audit_entry_idx_check CHECK ((idx >= 0))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX audit_entry_by_request ON public.audit_entry USING btree (tenant, request_id, idx) WHERE (request_id IS NOT NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER no_delete BEFORE DELETE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.audit_heartbeat (
  tenant integer NOT NULL,
  day date NOT NULL,
  id bigint NOT NULL,
  CONSTRAINT audit_heartbeat_pkey PRIMARY KEY (tenant, day),
  CONSTRAINT audit_heartbeat_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_heartbeat FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.audit_node (
  tenant integer NOT NULL,
  level smallint NOT NULL,
  pos bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_node_pkey PRIMARY KEY (tenant, level, pos),
  CONSTRAINT audit_node_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT audit_node_hash_check CHECK ((length(hash) = 32)),
  CONSTRAINT audit_node_level_check CHECK (((level >= 0) AND (level <= 52))),
  CONSTRAINT audit_node_pos_check CHECK ((pos >= 0))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER no_delete BEFORE DELETE ON public.audit_node FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_node FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_node FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.audit_payload (
  tenant integer NOT NULL,
  id bigint NOT NULL,
  nonce bytea NOT NULL,
  payload text NOT NULL,
  subject_id uuid,
  purpose text,
  request_id text,
  CONSTRAINT audit_payload_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT audit_payload_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT audit_payload_nonce_check CHECK ((length(nonce) >= 16))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX audit_payload_by_request ON public.audit_payload USING btree (tenant, request_id, id) WHERE ((request_id IS NOT NULL) AND (subject_id IS NOT NULL));
CREATE INDEX audit_payload_by_subject ON public.audit_payload USING btree (tenant, subject_id, id) WHERE (subject_id IS NOT NULL);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT INSERT TO vestige_collector;
GRANT SELECT (id, tenant) TO vestige_collector;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_payload FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_payload FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER only_with_redaction BEFORE DELETE ON public.audit_payload FOR EACH ROW EXECUTE FUNCTION vestige_refuse_silent_erasure();

CREATE TABLE public.audit_pending (
  tenant integer NOT NULL,
  id bigint NOT NULL GENERATED AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  body text NOT NULL,
  request_id text,
  CONSTRAINT audit_pending_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT audit_pending_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY directory FOR SELECT TO vestige_directory USING true;
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT INSERT TO vestige_collector;
GRANT SELECT (id, tenant) TO vestige_collector;
GRANT SELECT (tenant) TO vestige_directory;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_pending FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_pending FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER only_with_entry BEFORE DELETE ON public.audit_pending FOR EACH ROW EXECUTE FUNCTION vestige_refuse_losing_entry();

CREATE TABLE public.audit_redaction (
  tenant integer NOT NULL,
  idx bigint NOT NULL,
  by_id bigint NOT NULL,
  CONSTRAINT audit_redaction_pkey PRIMARY KEY (tenant, idx),
  CONSTRAINT audit_redaction_tenant_idx_fkey FOREIGN KEY (tenant, idx) REFERENCES audit_entry(tenant, idx)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER no_delete BEFORE DELETE ON public.audit_redaction FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_redaction FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.audit_redaction FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.canaries (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  subject_id uuid,
  planted_at timestamp with time zone NOT NULL,
  verified_at timestamp with time zone,
  failed_step text,
  CONSTRAINT canaries_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT canaries_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT canaries_failed_step_check CHECK ((failed_step = ANY (ARRAY['plant'::text, 'suppress'::text, 'erase'::text, 'verify'::text, 'replay'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX canaries_by_time ON public.canaries USING btree (tenant, planted_at);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.certificates (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  id uuid NOT NULL,
  bytes bytea NOT NULL,
  issued_at timestamp with time zone NOT NULL,
  CONSTRAINT certificates_pkey PRIMARY KEY (tenant, request_id, plan_version),
  CONSTRAINT certificates_tenant_request_id_plan_version_fkey FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans(tenant, request_id, version)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER certificates_append_only BEFORE DELETE OR UPDATE ON public.certificates FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.collectors (
  tenant integer NOT NULL,
  id text NOT NULL,
  suppression_version integer NOT NULL,
  seen_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT collectors_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT collectors_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT collectors_id_check CHECK (((length(id) >= 1) AND (length(id) <= 200)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY directory FOR SELECT TO vestige_directory USING true;
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;
GRANT INSERT, SELECT TO vestige_collector;
GRANT SELECT TO vestige_directory;
GRANT UPDATE (seen_at, suppression_version) TO vestige_collector;

CREATE TABLE public.delegations (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  request_id uuid NOT NULL,
  node text NOT NULL,
  channel text NOT NULL,
  processor text NOT NULL,
  base_url text NOT NULL,
  reference text NOT NULL,
  callback_url text,
  heard text NOT NULL,
  submitted_at timestamp with time zone NOT NULL,
  expected_at timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  heard_at timestamp with time zone,
  heard_by text,
  escalated integer NOT NULL DEFAULT 0,
  CONSTRAINT delegations_tenant_processor_reference_key UNIQUE (tenant, processor, reference),
  CONSTRAINT delegations_pkey PRIMARY KEY (tenant, task_id),
  CONSTRAINT delegations_tenant_task_id_fkey FOREIGN KEY (tenant, task_id) REFERENCES tasks(tenant, id),
  CONSTRAINT delegations_base_url_check CHECK ((length(base_url) <= 2048)),
  CONSTRAINT delegations_callback_url_check CHECK ((length(callback_url) <= 2048)),
  CONSTRAINT delegations_channel_check CHECK ((channel ~ '^[a-z][a-z0-9_]{0,31}$'::text)),
  CONSTRAINT delegations_escalated_check CHECK ((escalated = ANY (ARRAY[0, 50, 75, 90]))),
  CONSTRAINT delegations_heard_by_check CHECK ((heard_by = ANY (ARRAY['callback'::text, 'poll'::text]))),
  CONSTRAINT delegations_heard_check CHECK ((heard = ANY (ARRAY['working'::text, 'attested'::text, 'partial'::text, 'refused'::text, 'cancelled'::text, 'silent'::text]))),
  CONSTRAINT delegations_processor_check CHECK (((length(processor) >= 1) AND (length(processor) <= 253))),
  CONSTRAINT delegations_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX delegations_awaited ON public.delegations USING btree (tenant, heard_at) WHERE (heard = 'working'::text);
CREATE INDEX delegations_by_request ON public.delegations USING btree (tenant, request_id);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.erased_people (
  tenant integer NOT NULL,
  mac bytea NOT NULL,
  request_id text NOT NULL,
  forgotten_at timestamp with time zone,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT erased_people_pkey PRIMARY KEY (tenant, mac),
  CONSTRAINT erased_people_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT erased_people_mac_check CHECK ((length(mac) = 32))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX erased_people_by_expiry ON public.erased_people USING btree (tenant, expires_at);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.erasure_rechecks (
  tenant integer NOT NULL,
  request_id text NOT NULL,
  after text NOT NULL,
  due_at timestamp with time zone NOT NULL,
  checked_at timestamp with time zone,
  found bigint,
  scan_id uuid,
  CONSTRAINT erasure_rechecks_pkey PRIMARY KEY (tenant, request_id, after),
  CONSTRAINT erasure_rechecks_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT erasure_rechecks_after_check CHECK ((after = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'backup_horizon'::text]))),
  CONSTRAINT erasure_rechecks_check CHECK (((checked_at IS NULL) = (found IS NULL)))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX erasure_rechecks_due ON public.erasure_rechecks USING btree (tenant, due_at) WHERE (checked_at IS NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.exposures (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  question jsonb NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamp with time zone NOT NULL,
  purpose text NOT NULL,
  approved_by text,
  approved_at timestamp with time zone,
  CONSTRAINT exposures_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT exposures_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT exposures_check CHECK ((approved_by <> asked_by)),
  CONSTRAINT exposures_check1 CHECK (((approved_by IS NULL) = (approved_at IS NULL)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT UPDATE (approved_at, approved_by) TO vestige_app;

CREATE TABLE public.findings (
  tenant integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  key text NOT NULL,
  details jsonb NOT NULL,
  times integer NOT NULL DEFAULT 1,
  first_seen timestamp with time zone NOT NULL DEFAULT now(),
  last_seen timestamp with time zone NOT NULL DEFAULT now(),
  settled_at timestamp with time zone,
  settled_by text,
  settled_why text,
  CONSTRAINT findings_tenant_type_key_key UNIQUE (tenant, type, key),
  CONSTRAINT findings_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT findings_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT findings_check CHECK ((((settled_at IS NULL) = (settled_by IS NULL)) AND ((settled_at IS NULL) = (settled_why IS NULL)))),
  CONSTRAINT findings_key_check CHECK (((length(key) >= 1) AND (length(key) <= 2000))),
  CONSTRAINT findings_settled_why_check CHECK (((length(settled_why) >= 1) AND (length(settled_why) <= 200))),
  CONSTRAINT findings_type_check CHECK ((type ~ '^[a-z_]+(\.[a-z_]+)*$'::text))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX findings_by_time ON public.findings USING btree (tenant, first_seen, id);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;
GRANT INSERT, SELECT TO vestige_collector;
GRANT UPDATE (details, last_seen, times) TO vestige_collector;

CREATE TABLE public.holds (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  matter text NOT NULL,
  nodes text[] NOT NULL,
  any_person boolean NOT NULL,
  subject_ids uuid[] NOT NULL,
  placed_by text NOT NULL,
  placed_at timestamp with time zone NOT NULL,
  review_at date NOT NULL,
  released_by text,
  released_at timestamp with time zone,
  CONSTRAINT holds_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT holds_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT holds_check CHECK (((released_by IS NULL) = (released_at IS NULL))),
  CONSTRAINT holds_matter_check CHECK (((length(matter) >= 1) AND (length(matter) <= 200))),
  CONSTRAINT holds_nodes_check CHECK ((cardinality(nodes) <= 100))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX holds_in_force ON public.holds USING btree (tenant) WHERE (released_at IS NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.idempotency_keys (
  tenant integer NOT NULL,
  id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  status integer,
  body text,
  claimed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT idempotency_keys_fingerprint_check CHECK ((length(fingerprint) = 32)),
  CONSTRAINT idempotency_keys_id_check CHECK ((length(id) = 32))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (tenant, claimed_at);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.identity_proofs (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  assurance text NOT NULL,
  media_type text NOT NULL,
  byte_count integer NOT NULL,
  added_by text NOT NULL,
  added_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT identity_proofs_pkey PRIMARY KEY (tenant, request_id, id),
  CONSTRAINT identity_proofs_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT identity_proofs_assurance_check CHECK ((assurance = ANY (ARRAY['low'::text, 'substantial'::text, 'high'::text]))),
  CONSTRAINT identity_proofs_byte_count_check CHECK ((byte_count > 0)),
  CONSTRAINT identity_proofs_kind_check CHECK ((kind = ANY (ARRAY['document'::text, 'video'::text, 'knowledge'::text, 'account_login'::text]))),
  CONSTRAINT identity_proofs_media_type_check CHECK (((length(media_type) >= 3) AND (length(media_type) <= 100))),
  CONSTRAINT identity_proofs_sealed_check CHECK (((length(sealed) >= 29) AND (length(sealed) <= 10485788)))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX identity_proofs_by_expiry ON public.identity_proofs USING btree (tenant, expires_at);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.internal_hosts (
  tenant integer NOT NULL,
  host text NOT NULL,
  CONSTRAINT internal_hosts_pkey PRIMARY KEY (tenant, host),
  CONSTRAINT internal_hosts_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT internal_hosts_host_check CHECK (((length(host) >= 1) AND (length(host) <= 255)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.node_aliases (
  tenant integer NOT NULL,
  alias text NOT NULL,
  canonical text NOT NULL,
  CONSTRAINT node_aliases_pkey PRIMARY KEY (tenant, alias),
  CONSTRAINT node_aliases_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT node_aliases_alias_check CHECK (((length(alias) >= 1) AND (length(alias) <= 512))),
  CONSTRAINT node_aliases_canonical_check CHECK (((length(canonical) >= 1) AND (length(canonical) <= 512))),
  CONSTRAINT node_aliases_check CHECK ((alias <> canonical))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;
GRANT INSERT, SELECT TO vestige_collector;

CREATE TABLE public.opendsr_callbacks (
  tenant integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  subject_request_id uuid NOT NULL,
  url text NOT NULL,
  body text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL,
  delivered_at timestamp with time zone,
  given_up_at timestamp with time zone,
  failure text,
  CONSTRAINT opendsr_callbacks_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT opendsr_callbacks_tenant_subject_request_id_fkey FOREIGN KEY (tenant, subject_request_id) REFERENCES opendsr_requests(tenant, subject_request_id),
  CONSTRAINT opendsr_callbacks_check CHECK (((delivered_at IS NULL) OR (given_up_at IS NULL))),
  CONSTRAINT opendsr_callbacks_url_check CHECK ((length(url) <= 2048))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX opendsr_callbacks_due ON public.opendsr_callbacks USING btree (tenant, due_at) WHERE ((delivered_at IS NULL) AND (given_up_at IS NULL));
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT UPDATE (attempts, delivered_at, due_at, failure, given_up_at) TO vestige_app;

CREATE TABLE public.opendsr_requests (
  tenant integer NOT NULL,
  subject_request_id uuid NOT NULL,
  request_id uuid,
  taken_at timestamp with time zone NOT NULL,
  controller_id text NOT NULL,
  regulation text NOT NULL,
  subject_request_type text NOT NULL,
  submitted_time timestamp with time zone NOT NULL,
  received_time timestamp with time zone NOT NULL,
  callback_urls text[] NOT NULL,
  reported text,
  CONSTRAINT opendsr_requests_pkey PRIMARY KEY (tenant, subject_request_id),
  CONSTRAINT opendsr_requests_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT opendsr_requests_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT opendsr_requests_callback_urls_check CHECK ((cardinality(callback_urls) <= 8)),
  CONSTRAINT opendsr_requests_regulation_check CHECK ((regulation = ANY (ARRAY['gdpr'::text, 'ccpa'::text]))),
  CONSTRAINT opendsr_requests_subject_request_type_check CHECK ((subject_request_type = ANY (ARRAY['access'::text, 'portability'::text, 'erasure'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX opendsr_requests_by_request ON public.opendsr_requests USING btree (tenant, request_id);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT UPDATE (reported, request_id, taken_at) TO vestige_app;

CREATE TABLE public.opendsr_settings (
  tenant integer NOT NULL,
  hashed_identities boolean NOT NULL,
  controller_identifies boolean NOT NULL,
  callback_hosts text[] NOT NULL,
  CONSTRAINT opendsr_settings_pkey PRIMARY KEY (tenant),
  CONSTRAINT opendsr_settings_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT opendsr_settings_callback_hosts_check CHECK ((cardinality(callback_hosts) <= 100))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.package_chunks (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  package_id uuid NOT NULL,
  ordinal integer NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT package_chunks_pkey PRIMARY KEY (tenant, request_id, package_id, ordinal),
  CONSTRAINT package_chunks_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT package_chunks_ordinal_check CHECK ((ordinal >= 0))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.package_links (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  id uuid NOT NULL,
  token_hash bytea NOT NULL,
  code_hash bytea NOT NULL,
  downloads_max integer NOT NULL,
  downloads integer NOT NULL DEFAULT 0,
  wrong_codes integer NOT NULL DEFAULT 0,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT package_links_pkey PRIMARY KEY (tenant, request_id),
  CONSTRAINT package_links_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES packages(tenant, request_id),
  CONSTRAINT package_links_code_hash_check CHECK ((length(code_hash) = 32)),
  CONSTRAINT package_links_downloads_max_check CHECK (((downloads_max >= 1) AND (downloads_max <= 10))),
  CONSTRAINT package_links_token_hash_check CHECK ((length(token_hash) = 32))
);
-- row security: enabled, forced; owner: database owner
CREATE UNIQUE INDEX package_links_by_token ON public.package_links USING btree (tenant, token_hash);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.package_sign_offs (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  what text NOT NULL,
  code text NOT NULL,
  basis text NOT NULL,
  by_key text NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT package_sign_offs_pkey PRIMARY KEY (tenant, request_id, plan_version, what),
  CONSTRAINT package_sign_offs_tenant_request_id_plan_version_fkey FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans(tenant, request_id, version),
  CONSTRAINT package_sign_offs_basis_check CHECK (((length(basis) >= 1) AND (length(basis) <= 500))),
  CONSTRAINT package_sign_offs_what_check CHECK (((length(what) >= 1) AND (length(what) <= 1000)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;

CREATE TABLE public.packages (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  sha256 text NOT NULL,
  complete boolean NOT NULL,
  byte_count bigint NOT NULL,
  sealed_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  downloads integer NOT NULL DEFAULT 0,
  package_id uuid,
  CONSTRAINT packages_pkey PRIMARY KEY (tenant, request_id),
  CONSTRAINT packages_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT packages_sha256_check CHECK ((sha256 ~ '^sha256:[0-9a-f]{64}$'::text))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.parties (
  tenant integer NOT NULL,
  id text NOT NULL,
  legal_name text NOT NULL,
  role text NOT NULL,
  country text,
  transfer_mechanism text,
  contact text,
  hosts text[] NOT NULL,
  CONSTRAINT parties_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT parties_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT parties_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
  CONSTRAINT parties_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text)),
  CONSTRAINT parties_legal_name_check CHECK (((length(legal_name) >= 1) AND (length(legal_name) <= 200))),
  CONSTRAINT parties_role_check CHECK ((role = ANY (ARRAY['controller'::text, 'joint_controller'::text, 'processor'::text, 'sub_processor'::text, 'third_party'::text, 'public_authority'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.plan_records (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  node text NOT NULL,
  refs text[] NOT NULL,
  CONSTRAINT plan_records_pkey PRIMARY KEY (tenant, request_id, node),
  CONSTRAINT plan_records_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT plan_records_refs_check CHECK ((cardinality(refs) <= 10000))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.plans (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  version integer NOT NULL,
  hash text NOT NULL,
  plan jsonb NOT NULL,
  made_at timestamp with time zone NOT NULL,
  CONSTRAINT plans_pkey PRIMARY KEY (tenant, request_id, version),
  CONSTRAINT plans_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT plans_hash_check CHECK ((hash ~ '^sha256:[0-9a-f]{64}$'::text)),
  CONSTRAINT plans_version_check CHECK ((version > 0))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;

CREATE TABLE public.privacy_notices (
  tenant integer NOT NULL,
  notice jsonb NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT privacy_notices_pkey PRIMARY KEY (tenant)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.receipts (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  fence bigint NOT NULL,
  request_id uuid NOT NULL,
  phase text NOT NULL,
  event text NOT NULL,
  by_key text NOT NULL,
  worker text NOT NULL,
  found bigint NOT NULL,
  erased bigint NOT NULL,
  residual bigint NOT NULL,
  searched boolean NOT NULL,
  method text NOT NULL,
  evidence_digest text NOT NULL,
  cannot_erase text[] NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT receipts_pkey PRIMARY KEY (tenant, task_id, fence),
  CONSTRAINT receipts_tenant_task_id_fkey FOREIGN KEY (tenant, task_id) REFERENCES tasks(tenant, id),
  CONSTRAINT receipts_phase_check CHECK ((phase = ANY (ARRAY['execute'::text, 'verify'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX receipts_by_request ON public.receipts USING btree (tenant, request_id, at);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY verifier FOR SELECT TO vestige_verifier USING (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_verifier;
CREATE TRIGGER receipts_append_only BEFORE DELETE OR UPDATE ON public.receipts FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();

CREATE TABLE public.recipient_holds (
  tenant integer NOT NULL,
  party text NOT NULL,
  since date NOT NULL,
  matter text NOT NULL,
  noted_by text NOT NULL,
  lifted_on date,
  CONSTRAINT recipient_holds_pkey PRIMARY KEY (tenant, party, since),
  CONSTRAINT recipient_holds_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT recipient_holds_check CHECK ((lifted_on >= since)),
  CONSTRAINT recipient_holds_party_check CHECK (((length(party) >= 1) AND (length(party) <= 512)))
);
-- row security: enabled, forced; owner: database owner
CREATE UNIQUE INDEX recipient_holds_in_force ON public.recipient_holds USING btree (tenant, party) WHERE (lifted_on IS NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT UPDATE (lifted_on) TO vestige_app;

CREATE TABLE public.recipient_notices (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  party text NOT NULL,
  nodes text[] NOT NULL,
  channel text,
  sent_at timestamp with time zone,
  sent_by text,
  acknowledgement text,
  acknowledged_at timestamp with time zone,
  excuse_code text,
  excuse_basis text,
  excuse_by text,
  again_since timestamp with time zone,
  CONSTRAINT recipient_notices_pkey PRIMARY KEY (tenant, request_id, party),
  CONSTRAINT recipient_notices_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT recipient_notices_acknowledgement_check CHECK ((acknowledgement = ANY (ARRAY['received'::text, 'completed'::text, 'refused'::text]))),
  CONSTRAINT recipient_notices_channel_check CHECK ((channel = ANY (ARRAY['erasure_call'::text, 'opendsr'::text, 'webhook'::text, 'email'::text, 'letter'::text, 'portal'::text, 'phone'::text]))),
  CONSTRAINT recipient_notices_check CHECK ((((channel IS NULL) = (sent_at IS NULL)) AND ((channel IS NULL) = (sent_by IS NULL)))),
  CONSTRAINT recipient_notices_check1 CHECK (((acknowledgement IS NULL) = (acknowledged_at IS NULL))),
  CONSTRAINT recipient_notices_check2 CHECK (((acknowledgement IS NULL) OR (sent_at IS NOT NULL))),
  CONSTRAINT recipient_notices_check3 CHECK ((((excuse_code IS NULL) = (excuse_by IS NULL)) AND ((excuse_code IS NULL) = (excuse_basis IS NULL)))),
  CONSTRAINT recipient_notices_excuse_code_check CHECK ((excuse_code = ANY (ARRAY['impossible'::text, 'disproportionate'::text]))),
  CONSTRAINT recipient_notices_nodes_check CHECK (((cardinality(nodes) >= 1) AND (cardinality(nodes) <= 1000))),
  CONSTRAINT recipient_notices_party_check CHECK (((length(party) >= 1) AND (length(party) <= 512)))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX recipient_notices_again ON public.recipient_notices USING btree (tenant, again_since) WHERE (again_since IS NOT NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.request_identifiers (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  kind text NOT NULL,
  ordinal integer NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT request_identifiers_pkey PRIMARY KEY (tenant, request_id, kind, ordinal),
  CONSTRAINT request_identifiers_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT request_identifiers_kind_check CHECK ((kind = ANY (ARRAY['identifier'::text, 'token'::text, 'alias_nonce'::text, 'handover'::text, 'correction'::text]))),
  CONSTRAINT request_identifiers_sealed_check CHECK (((length(sealed) >= 28) AND (length(sealed) <= 4096)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.request_keys (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  purpose text NOT NULL,
  key bytea NOT NULL,
  CONSTRAINT request_keys_pkey PRIMARY KEY (tenant, request_id, purpose),
  CONSTRAINT request_keys_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT request_keys_key_check CHECK ((length(key) = 32)),
  CONSTRAINT request_keys_purpose_check CHECK ((purpose = ANY (ARRAY['selectors'::text, 'package'::text, 'handover'::text, 'identity'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.request_policies (
  tenant integer NOT NULL,
  single_key_approval boolean NOT NULL,
  time_zone text NOT NULL,
  holidays date[],
  package_days integer NOT NULL,
  work_paused jsonb,
  identity jsonb,
  CONSTRAINT request_policies_pkey PRIMARY KEY (tenant),
  CONSTRAINT request_policies_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT request_policies_holidays_check CHECK ((cardinality(holidays) <= 1000)),
  CONSTRAINT request_policies_package_days_check CHECK (((package_days >= 1) AND (package_days <= 90))),
  CONSTRAINT request_policies_time_zone_check CHECK (((length(time_zone) >= 1) AND (length(time_zone) <= 64)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.requests (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL,
  type text NOT NULL,
  regime text NOT NULL,
  ground text,
  state text NOT NULL,
  filed_by text NOT NULL,
  filed_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL,
  clock jsonb NOT NULL,
  due_on date NOT NULL,
  identity jsonb,
  approval jsonb,
  hold jsonb,
  refusal jsonb,
  paused text,
  suspended boolean NOT NULL DEFAULT false,
  duplicate_of uuid,
  attention text,
  plan_version integer NOT NULL DEFAULT 0,
  plan_hash text,
  subject_ids uuid[] NOT NULL DEFAULT '{}'::uuid[],
  alias_count integer NOT NULL DEFAULT 0,
  selector_count integer NOT NULL,
  suppression_version integer,
  erased_before timestamp with time zone,
  tail_until timestamp with time zone,
  suppressed boolean NOT NULL DEFAULT false,
  telemetry_done_at_s bigint,
  started_at timestamp with time zone,
  executed_at timestamp with time zone,
  ended_at timestamp with time zone,
  work_owner text,
  work_until timestamp with time zone,
  work_after timestamp with time zone NOT NULL,
  acknowledged_on date,
  escalated integer NOT NULL DEFAULT 0,
  escalate_at timestamp with time zone,
  purposes text[] NOT NULL DEFAULT '{}'::text[],
  exemptions jsonb NOT NULL DEFAULT '[]'::jsonb,
  CONSTRAINT requests_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT requests_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT requests_attention_form CHECK ((attention ~ '^[a-z_]{1,60}$'::text)),
  CONSTRAINT requests_escalated_check CHECK ((escalated = ANY (ARRAY[0, 50, 75, 90, 100]))),
  CONSTRAINT requests_exemptions_check CHECK ((jsonb_typeof(exemptions) = 'array'::text)),
  CONSTRAINT requests_paused_check CHECK ((paused = ANY (ARRAY['identity'::text, 'clarification'::text]))),
  CONSTRAINT requests_purposes_check CHECK ((cardinality(purposes) <= 32)),
  CONSTRAINT requests_regime_check CHECK ((regime = ANY (ARRAY['gdpr'::text, 'uk'::text, 'ccpa'::text, 'lgpd'::text, 'hipaa'::text]))),
  CONSTRAINT requests_state_check CHECK ((state = ANY (ARRAY['received'::text, 'identity_pending'::text, 'assessing'::text, 'awaiting_approval'::text, 'approved'::text, 'executing'::text, 'verifying'::text, 'blocked'::text, 'completed'::text, 'completed_with_exceptions'::text, 'reopened'::text, 'duplicate'::text, 'expired'::text, 'refused'::text, 'withdrawn'::text]))),
  CONSTRAINT requests_type_check CHECK ((type = ANY (ARRAY['access'::text, 'portability'::text, 'erasure'::text, 'restriction'::text, 'objection'::text, 'rectification'::text]))),
  CONSTRAINT requests_version_check CHECK ((version > 0))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX requests_by_due ON public.requests USING btree (tenant, due_on, id);
CREATE INDEX requests_by_filing ON public.requests USING btree (tenant, filed_at, id);
CREATE INDEX requests_by_subject ON public.requests USING gin (subject_ids);
CREATE INDEX requests_to_escalate ON public.requests USING btree (tenant, escalate_at) WHERE (escalate_at IS NOT NULL);
CREATE INDEX requests_to_work_on ON public.requests USING btree (tenant, work_after) WHERE (state = ANY (ARRAY['assessing'::text, 'approved'::text, 'executing'::text, 'verifying'::text, 'blocked'::text, 'reopened'::text]));
CREATE UNIQUE INDEX requests_one_open_erasure ON public.requests USING btree (tenant, (subject_ids[1])) WHERE ((type = 'erasure'::text) AND (cardinality(subject_ids) > 0) AND (state = ANY (ARRAY['awaiting_approval'::text, 'approved'::text, 'executing'::text, 'verifying'::text, 'blocked'::text, 'reopened'::text])));
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.residue_scans (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  started_at timestamp with time zone NOT NULL,
  table_name text,
  "position" uuid,
  seen bigint NOT NULL DEFAULT 0,
  resurfaced jsonb NOT NULL DEFAULT '{}'::jsonb,
  unknown bigint NOT NULL DEFAULT 0,
  finished_at timestamp with time zone,
  CONSTRAINT residue_scans_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT residue_scans_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT residue_scans_check CHECK (((finished_at IS NULL) OR ((table_name IS NULL) AND ("position" IS NULL))))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX residue_scans_by_time ON public.residue_scans USING btree (tenant, started_at);
CREATE UNIQUE INDEX residue_scans_open ON public.residue_scans USING btree (tenant) WHERE (finished_at IS NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.restrictions (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  ground text,
  purposes text[] NOT NULL,
  subject_ids uuid[] NOT NULL,
  since timestamp with time zone NOT NULL,
  lifted_by text,
  lifted_at timestamp with time zone,
  notice jsonb,
  CONSTRAINT restrictions_pkey PRIMARY KEY (tenant, request_id),
  CONSTRAINT restrictions_tenant_request_id_fkey FOREIGN KEY (tenant, request_id) REFERENCES requests(tenant, id),
  CONSTRAINT restrictions_check CHECK ((((lifted_at IS NULL) = (notice IS NULL)) AND ((lifted_at IS NULL) = (lifted_by IS NULL))))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX restrictions_by_subject ON public.restrictions USING gin (subject_ids) WHERE (lifted_at IS NULL);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.retention_proofs (
  tenant integer NOT NULL,
  day date NOT NULL,
  place text NOT NULL,
  class text NOT NULL,
  min_days integer NOT NULL,
  limit_days integer,
  oldest timestamp with time zone,
  overdue bigint NOT NULL,
  problems text[] NOT NULL,
  proved_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT retention_proofs_pkey PRIMARY KEY (tenant, day, place),
  CONSTRAINT retention_proofs_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT retention_proofs_class_check CHECK (((length(class) >= 1) AND (length(class) <= 40))),
  CONSTRAINT retention_proofs_limit_days_check CHECK ((limit_days > 0)),
  CONSTRAINT retention_proofs_min_days_check CHECK ((min_days >= 0)),
  CONSTRAINT retention_proofs_overdue_check CHECK ((overdue >= 0)),
  CONSTRAINT retention_proofs_place_check CHECK (((length(place) >= 3) AND (length(place) <= 100)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;

CREATE TABLE public.stores (
  tenant integer NOT NULL,
  id text NOT NULL,
  title text NOT NULL,
  party_id text,
  connector text,
  retention_days integer,
  backup_retention_days integer,
  identifier_types text[] NOT NULL,
  CONSTRAINT stores_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT stores_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT stores_tenant_party_id_fkey FOREIGN KEY (tenant, party_id) REFERENCES parties(tenant, id),
  CONSTRAINT stores_backup_retention_days_check CHECK ((backup_retention_days >= 0)),
  CONSTRAINT stores_id_check CHECK (((length(id) >= 1) AND (length(id) <= 512))),
  CONSTRAINT stores_retention_days_check CHECK ((retention_days >= 0)),
  CONSTRAINT stores_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.subject_key_ids (
  tenant integer NOT NULL,
  kid text NOT NULL,
  since timestamp with time zone NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  gone_at timestamp with time zone,
  CONSTRAINT subject_key_ids_pkey PRIMARY KEY (tenant, kid),
  CONSTRAINT subject_key_ids_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT subject_key_ids_kid_check CHECK ((kid ~ '^[a-z0-9]{1,32}$'::text))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.subject_link_events (
  tenant integer NOT NULL,
  id bigint NOT NULL GENERATED AS IDENTITY,
  low uuid NOT NULL,
  high uuid NOT NULL,
  action text NOT NULL,
  kind text NOT NULL,
  evidence text NOT NULL,
  actor text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT subject_link_events_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT subject_link_events_tenant_high_fkey FOREIGN KEY (tenant, high) REFERENCES subjects(tenant, id) ON DELETE CASCADE,
  CONSTRAINT subject_link_events_tenant_low_fkey FOREIGN KEY (tenant, low) REFERENCES subjects(tenant, id) ON DELETE CASCADE,
  CONSTRAINT subject_link_events_action_check CHECK ((action = ANY (ARRAY['link'::text, 'unlink'::text]))),
  CONSTRAINT subject_link_events_check CHECK ((low < high)),
  CONSTRAINT subject_link_events_evidence_check CHECK ((length(evidence) <= 500)),
  CONSTRAINT subject_link_events_kind_check CHECK ((kind = ANY (ARRAY['verified_login'::text, 'operator'::text, 'import'::text, 'heuristic'::text, 'rotation'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX subject_link_events_by_high ON public.subject_link_events USING btree (tenant, high);
CREATE INDEX subject_link_events_by_low ON public.subject_link_events USING btree (tenant, low);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;

CREATE TABLE public.subject_links (
  tenant integer NOT NULL,
  low uuid NOT NULL,
  high uuid NOT NULL,
  kind text NOT NULL,
  evidence text NOT NULL,
  linked_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT subject_links_pkey PRIMARY KEY (tenant, low, high),
  CONSTRAINT subject_links_tenant_high_fkey FOREIGN KEY (tenant, high) REFERENCES subjects(tenant, id) ON DELETE CASCADE,
  CONSTRAINT subject_links_tenant_low_fkey FOREIGN KEY (tenant, low) REFERENCES subjects(tenant, id) ON DELETE CASCADE,
  CONSTRAINT subject_links_check CHECK ((low < high)),
  CONSTRAINT subject_links_evidence_check CHECK ((length(evidence) <= 500)),
  CONSTRAINT subject_links_kind_check CHECK ((kind = ANY (ARRAY['verified_login'::text, 'operator'::text, 'import'::text, 'heuristic'::text, 'rotation'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX subject_links_by_high ON public.subject_links USING btree (tenant, high);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.subject_set_members (
  tenant integer NOT NULL,
  set_id text NOT NULL,
  token text NOT NULL,
  CONSTRAINT subject_set_members_pkey PRIMARY KEY (tenant, set_id, token),
  CONSTRAINT subject_set_members_tenant_set_id_fkey FOREIGN KEY (tenant, set_id) REFERENCES subject_sets(tenant, id)
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX subject_set_members_by_token ON public.subject_set_members USING btree (tenant, token);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.subject_sets (
  tenant integer NOT NULL,
  id text NOT NULL,
  count integer NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  kids text[],
  CONSTRAINT subject_sets_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT subject_sets_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT subject_sets_count_check CHECK (((count >= 1) AND (count <= 100000))),
  CONSTRAINT subject_sets_id_check CHECK ((id ~ '^set_[0-9A-Za-z_-]{22}$'::text))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.subjects (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  look_at timestamp with time zone NOT NULL DEFAULT (now() + '431 days'::interval),
  left_at timestamp with time zone,
  CONSTRAINT subjects_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT subjects_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id)
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX subjects_by_look ON public.subjects USING btree (tenant, look_at);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT TO vestige_app;
GRANT INSERT TO vestige_collector;
GRANT UPDATE (left_at, look_at) TO vestige_app;
GRANT SELECT (id, left_at, tenant) TO vestige_collector;

CREATE TABLE public.suppression (
  tenant integer NOT NULL,
  mac bytea NOT NULL,
  erased_before timestamp with time zone NOT NULL,
  request_id text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT suppression_pkey PRIMARY KEY (tenant, mac),
  CONSTRAINT suppression_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT suppression_mac_check CHECK ((length(mac) = 32))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX suppression_by_expiry ON public.suppression USING btree (tenant, expires_at);
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.suppression_versions (
  tenant integer NOT NULL,
  version integer NOT NULL,
  CONSTRAINT suppression_versions_pkey PRIMARY KEY (tenant),
  CONSTRAINT suppression_versions_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT suppression_versions_version_check CHECK ((version > 0))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;
GRANT SELECT TO vestige_collector;

CREATE TABLE public.task_data (
  tenant integer NOT NULL,
  task_id uuid NOT NULL,
  request_id uuid NOT NULL,
  fence bigint NOT NULL,
  row_count bigint NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT task_data_pkey PRIMARY KEY (tenant, task_id),
  CONSTRAINT task_data_tenant_task_id_fkey FOREIGN KEY (tenant, task_id) REFERENCES tasks(tenant, id)
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT DELETE, INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.tasks (
  tenant integer NOT NULL,
  id uuid NOT NULL,
  request_id uuid NOT NULL,
  plan_version integer NOT NULL,
  node text NOT NULL,
  action text NOT NULL,
  origin text NOT NULL,
  confidence text,
  upstream text[] NOT NULL,
  state text NOT NULL,
  fence bigint NOT NULL DEFAULT 0,
  attempt integer NOT NULL DEFAULT 0,
  rounds integer NOT NULL DEFAULT 0,
  lease_by text,
  lease_worker text,
  lease_until timestamp with time zone,
  not_before timestamp with time zone NOT NULL,
  executed_by text,
  verified_by text,
  found bigint,
  erased bigint,
  residual bigint,
  method text,
  evidence_digest text,
  cannot_erase text[] NOT NULL DEFAULT '{}'::text[],
  failure_class text,
  failure_code text,
  failure_message text,
  exemption jsonb,
  updated_at timestamp with time zone NOT NULL,
  due_on date NOT NULL,
  dry boolean NOT NULL DEFAULT false,
  keeps jsonb,
  announced bigint,
  CONSTRAINT tasks_pkey PRIMARY KEY (tenant, id),
  CONSTRAINT tasks_tenant_request_id_plan_version_fkey FOREIGN KEY (tenant, request_id, plan_version) REFERENCES plans(tenant, request_id, version),
  CONSTRAINT tasks_action_check CHECK ((action = ANY (ARRAY['search'::text, 'export'::text, 'erase'::text, 'verify'::text, 'notify'::text, 'restrict'::text, 'unrestrict'::text, 'rectify'::text]))),
  CONSTRAINT tasks_announced_check CHECK ((announced >= 0)),
  CONSTRAINT tasks_check CHECK (((lease_by IS NULL) = (lease_until IS NULL))),
  CONSTRAINT tasks_check1 CHECK (((verified_by IS NULL) OR (verified_by <> executed_by))),
  CONSTRAINT tasks_keeps_check CHECK (((jsonb_typeof(keeps) = 'array'::text) AND (jsonb_array_length(keeps) > 0))),
  CONSTRAINT tasks_node_check CHECK (((length(node) >= 1) AND (length(node) <= 1024))),
  CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['blocked'::text, 'ready'::text, 'leased'::text, 'retry_wait'::text, 'executed'::text, 'settling'::text, 'verifying'::text, 'verified'::text, 'no_data_found'::text, 'residual'::text, 'delegated'::text, 'exempt'::text, 'failed_final'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE INDEX tasks_leased ON public.tasks USING btree (tenant, lease_until) WHERE (lease_until IS NOT NULL);
CREATE INDEX tasks_to_claim ON public.tasks USING btree (tenant, node, due_on, not_before, id) WHERE ((state = ANY (ARRAY['ready'::text, 'verifying'::text])) AND (lease_until IS NULL) AND (origin <> 'own'::text));
CREATE UNIQUE INDEX tasks_of_plan ON public.tasks USING btree (tenant, request_id, plan_version, node, dry);
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT, UPDATE TO vestige_app;

CREATE TABLE public.tenant_quotas (
  tenant integer NOT NULL,
  spans_per_s integer,
  bytes_per_s bigint,
  changed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tenant_quotas_pkey PRIMARY KEY (tenant),
  CONSTRAINT tenant_quotas_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT tenant_quotas_bytes_per_s_check CHECK (((bytes_per_s >= 0) AND (bytes_per_s <= '1000000000000'::bigint))),
  CONSTRAINT tenant_quotas_spans_per_s_check CHECK (((spans_per_s >= 0) AND (spans_per_s <= 1000000000)))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY directory FOR SELECT TO vestige_directory USING true;
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT SELECT TO vestige_directory;
GRANT UPDATE (bytes_per_s, changed_at, spans_per_s) TO vestige_app;

CREATE TABLE public.tenant_secrets (
  tenant integer NOT NULL,
  purpose text NOT NULL,
  key bytea NOT NULL,
  CONSTRAINT tenant_secrets_pkey PRIMARY KEY (tenant, purpose),
  CONSTRAINT tenant_secrets_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  CONSTRAINT tenant_secrets_key_check CHECK ((length(key) = 32)),
  CONSTRAINT tenant_secrets_purpose_check CHECK ((purpose = ANY (ARRAY['suppression'::text, 'idempotency'::text])))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR ALL TO vestige_collector USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
CREATE POLICY own FOR ALL TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT INSERT, SELECT TO vestige_app;
GRANT INSERT, SELECT TO vestige_collector;

CREATE TABLE public.tenants (
  id integer NOT NULL GENERATED AS IDENTITY,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tenants_name_key UNIQUE (name),
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_id_check CHECK ((id > 0)),
  CONSTRAINT tenants_name_check CHECK ((name ~ '^[a-z][a-z0-9-]{0,62}$'::text))
);
-- row security: enabled, forced; owner: database owner
CREATE POLICY collector FOR SELECT TO vestige_collector USING (id = vestige_tenant());
CREATE POLICY directory FOR ALL TO vestige_directory USING true WITH CHECK true;
CREATE POLICY own FOR ALL TO vestige_app USING (id = vestige_tenant());
GRANT SELECT TO vestige_app;
GRANT SELECT TO vestige_collector;
GRANT INSERT, SELECT TO vestige_directory;

CREATE TABLE vestige_schema.migrations (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT migrations_pkey PRIMARY KEY (name)
);
-- row security: off; owner: database owner

CREATE OR REPLACE FUNCTION public.vestige_audit_waiting()
 RETURNS SETOF integer
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT DISTINCT tenant FROM audit_pending $function$
;
-- owner: vestige_directory; callable by: vestige_app

CREATE OR REPLACE FUNCTION public.vestige_collector_tenants(collector text)
 RETURNS TABLE(tenant integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT c.tenant FROM collectors c WHERE c.id = collector ORDER BY c.tenant $function$
;
-- owner: vestige_directory; callable by: vestige_app, vestige_collector

CREATE OR REPLACE FUNCTION public.vestige_ensure_tenant(wanted text)
 RETURNS TABLE(id integer, name text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  INSERT INTO tenants (name) SELECT wanted WHERE NOT EXISTS (SELECT FROM tenants WHERE tenants.name = wanted)
  ON CONFLICT DO NOTHING;
  SELECT tenants.id, tenants.name FROM tenants WHERE tenants.name = wanted;
$function$
;
-- owner: vestige_directory; callable by: vestige_app

CREATE OR REPLACE FUNCTION public.vestige_key(wanted text)
 RETURNS TABLE(tenant integer, tenant_name text, id text, name text, scopes text[], role text, person text, expires_at timestamp with time zone, salt bytea, hash bytea, live boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT k.tenant, t.name, k.id, k.name, k.scopes, k.role, k.person, k.expires_at, k.salt, k.hash,
         k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  FROM api_keys k JOIN tenants t ON t.id = k.tenant
  WHERE k.id = wanted
$function$
;
-- owner: vestige_directory; callable by: vestige_app, vestige_collector

CREATE OR REPLACE FUNCTION public.vestige_live_keys(wanted text[])
 RETURNS TABLE(id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT k.id FROM api_keys k
  WHERE k.id = ANY (wanted) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$function$
;
-- owner: vestige_directory; callable by: vestige_app, vestige_collector

CREATE OR REPLACE FUNCTION public.vestige_quotas()
 RETURNS TABLE(tenant integer, spans_per_s integer, bytes_per_s bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT q.tenant, q.spans_per_s, q.bytes_per_s FROM tenant_quotas q $function$
;
-- owner: vestige_directory; callable by: vestige_app, vestige_collector

CREATE OR REPLACE FUNCTION public.vestige_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $function$
;
-- owner: database owner; callable by: PUBLIC

CREATE OR REPLACE FUNCTION public.vestige_refuse_losing_entry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN
  IF NOT EXISTS (SELECT FROM audit_entry WHERE tenant = OLD.tenant AND id = OLD.id) THEN
    RAISE EXCEPTION 'an audit entry without an index cannot be deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $function$
;
-- owner: database owner; callable by: PUBLIC

CREATE OR REPLACE FUNCTION public.vestige_refuse_silent_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN
  IF NOT EXISTS (SELECT FROM audit_redaction r JOIN audit_entry e ON e.tenant = r.tenant AND e.idx = r.idx
                 WHERE e.tenant = OLD.tenant AND e.id = OLD.id) THEN
    RAISE EXCEPTION 'an audit payload is erased by an entry that says so' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $function$
;
-- owner: database owner; callable by: PUBLIC

CREATE OR REPLACE FUNCTION public.vestige_tenant()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('vestige.tenant', true), '')::integer $function$
;
-- owner: database owner; callable by: PUBLIC

CREATE OR REPLACE FUNCTION public.vestige_tenants()
 RETURNS TABLE(id integer, name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT tenants.id, tenants.name FROM tenants ORDER BY tenants.id $function$
;
-- owner: vestige_directory; callable by: vestige_app, vestige_collector, vestige_verifier
