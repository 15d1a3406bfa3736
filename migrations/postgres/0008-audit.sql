-- What will be hashed. `entry` is canonical JSON (RFC 8785) as bytes, so a Merkle tree can be laid over the rows as they
-- are; `idx` is the leaf index: gap-free per tenant, and therefore no sequence, which leaves a hole at every rollback.
CREATE TABLE audit_entry (
  tenant integer NOT NULL REFERENCES tenants (id),
  idx bigint NOT NULL CHECK (idx >= 0),
  -- At most what an entry of a C2SP tile may be long.
  entry bytea NOT NULL CHECK (length(entry) BETWEEN 2 AND 65535),
  -- A copy of `entry`'s field, to find the entries of a request.
  request_id text,
  PRIMARY KEY (tenant, idx)
);
CREATE INDEX audit_entry_by_request ON audit_entry (tenant, request_id, idx) WHERE request_id IS NOT NULL;
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_entry TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON audit_entry TO vestige_app;

-- Grants keep the application from changing an entry; this keeps the owner from doing it by mistake. Neither is
-- evidence against an operator who means to: that is what checkpoints kept elsewhere are for.
CREATE FUNCTION vestige_refuse_change() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION vestige_refuse_change();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION vestige_refuse_change();

-- What may be erased without touching the entry. The entry commits to nonce and payload; with both gone, nothing can be
-- tried against the commitment (EDPB 02/2025 on salted commitments).
CREATE TABLE audit_payload (
  tenant integer NOT NULL,
  idx bigint NOT NULL,
  nonce bytea NOT NULL CHECK (length(nonce) >= 16),
  -- Canonical JSON, byte for byte what was committed to.
  payload text NOT NULL,
  -- Copies of the payload's fields: whom it is about, and why they were looked at (NULL: it was no look at a person).
  subject_id uuid,
  purpose text,
  PRIMARY KEY (tenant, idx),
  FOREIGN KEY (tenant, idx) REFERENCES audit_entry (tenant, idx)
);
CREATE INDEX audit_payload_by_subject ON audit_payload (tenant, subject_id, idx) WHERE subject_id IS NOT NULL;
ALTER TABLE audit_payload ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_payload FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_payload TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON audit_payload TO vestige_app;
