-- The audit log in its full form: entries wait in audit_pending, written in the transaction of what they tell of; a
-- sequencer gives them their index under a lock of the tenant and hashes them into a tree. The two tables of 0008 had no
-- tree over them, and entries cannot be hashed afterwards without vouching for what nobody had fixed at the time: a
-- database that holds some is refused, not converted.
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;
DO $$ BEGIN
  IF EXISTS (SELECT FROM audit_entry) THEN
    RAISE EXCEPTION 'this database was made before the audit log was hashed; start with an empty one';
  END IF;
END $$;
DROP TABLE audit_payload;
DROP TABLE audit_entry;

-- What has been committed and has no index yet. Names nobody: whom it is about lies in audit_payload from the start.
CREATE TABLE audit_pending (
  tenant integer NOT NULL REFERENCES tenants (id),
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- When it was written, by this server's clock; the entry says so.
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Canonical JSON of the entry, but for its two instants.
  body text NOT NULL,
  request_id text,
  PRIMARY KEY (tenant, id)
);

-- What is hashed. `entry` is canonical JSON (RFC 8785) as bytes; `idx` is the leaf index: gap-free per tenant, and
-- therefore no sequence, which leaves a hole at every rollback.
CREATE TABLE audit_entry (
  tenant integer NOT NULL REFERENCES tenants (id),
  idx bigint NOT NULL CHECK (idx >= 0),
  -- The id it waited under, which its payload has too.
  id bigint NOT NULL,
  -- At most what an entry of a C2SP tile may be long.
  entry bytea NOT NULL CHECK (length(entry) BETWEEN 2 AND 65535),
  -- A copy of `entry`'s field, to find the entries of a request.
  request_id text,
  PRIMARY KEY (tenant, idx),
  UNIQUE (tenant, id)
);
CREATE INDEX audit_entry_by_request ON audit_entry (tenant, request_id, idx) WHERE request_id IS NOT NULL;

-- Complete subtrees, which never change once they are there. Level 0 are the leaves.
CREATE TABLE audit_node (
  tenant integer NOT NULL REFERENCES tenants (id),
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 52),
  pos bigint NOT NULL CHECK (pos >= 0),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (tenant, level, pos)
);

-- Signed promises about the tree (C2SP tlog-checkpoint). One per size: two for one size could contradict each other.
CREATE TABLE audit_checkpoint (
  tenant integer NOT NULL REFERENCES tenants (id),
  size bigint NOT NULL CHECK (size > 0),
  note text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, size)
);

-- Who else holds a checkpoint: `kind` is the sort of witness, `place` which one. An RFC 3161 answer is kept as bytes.
CREATE TABLE audit_anchor (
  tenant integer NOT NULL,
  size bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('rfc3161', 'copy')),
  place text NOT NULL CHECK (length(place) BETWEEN 1 AND 255),
  proof bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, size, kind, place),
  FOREIGN KEY (tenant, size) REFERENCES audit_checkpoint (tenant, size)
);

-- What may be erased without touching the entry. The entry commits to nonce and payload; with both gone, nothing can be
-- tried against the commitment (EDPB 02/2025 on salted commitments). Written with the entry, hence before its index.
CREATE TABLE audit_payload (
  tenant integer NOT NULL REFERENCES tenants (id),
  id bigint NOT NULL,
  nonce bytea NOT NULL CHECK (length(nonce) >= 16),
  -- Canonical JSON, byte for byte what was committed to.
  payload text NOT NULL,
  -- Copies of the payload's fields: whom it is about, and why they were looked at (NULL: it was no look at a person).
  subject_id uuid,
  purpose text,
  -- A copy of the entry's field, to find whom a request is about.
  request_id text,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_payload_by_subject ON audit_payload (tenant, subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_payload_by_request ON audit_payload (tenant, request_id, id)
  WHERE request_id IS NOT NULL AND subject_id IS NOT NULL;

-- Which payload was erased, and the entry that says by whom and for which request.
CREATE TABLE audit_redaction (
  tenant integer NOT NULL,
  idx bigint NOT NULL,
  by_id bigint NOT NULL,
  PRIMARY KEY (tenant, idx),
  FOREIGN KEY (tenant, idx) REFERENCES audit_entry (tenant, idx)
);

-- A tenant sees its own rows; the application adds and, but for what waits and what is erased, never takes away.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_pending', 'audit_entry', 'audit_node', 'audit_checkpoint', 'audit_anchor',
                              'audit_payload', 'audit_redaction'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own ON %I TO vestige_app USING (tenant = vestige_tenant()) '
                   'WITH CHECK (tenant = vestige_tenant())', name);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO vestige_app', name);
    EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change()',
                   name);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
                   'EXECUTE FUNCTION vestige_refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['audit_entry', 'audit_node', 'audit_checkpoint', 'audit_anchor', 'audit_redaction'] LOOP
    EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change()',
                   name);
  END LOOP;
END $$;
GRANT DELETE ON audit_pending, audit_payload TO vestige_app;

-- Nothing waiting can be made to disappear: a row goes when its entry is there.
CREATE FUNCTION vestige_refuse_losing_entry() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM audit_entry WHERE tenant = OLD.tenant AND id = OLD.id) THEN
    RAISE EXCEPTION 'an audit entry without an index cannot be deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER only_with_entry BEFORE DELETE ON audit_pending
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_losing_entry();

-- Nor can a payload: it goes when an entry says by whose leave.
CREATE FUNCTION vestige_refuse_silent_erasure() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM audit_redaction r JOIN audit_entry e ON e.tenant = r.tenant AND e.idx = r.idx
                 WHERE e.tenant = OLD.tenant AND e.id = OLD.id) THEN
    RAISE EXCEPTION 'an audit payload is erased by an entry that says so' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER only_with_redaction BEFORE DELETE ON audit_payload
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_silent_erasure();
