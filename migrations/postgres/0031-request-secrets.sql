-- Keys of one request, apart from what they open: deleting the row here makes every copy of the ciphertext unreadable.
CREATE TABLE request_keys (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  -- `selectors` ends with the request, `package` when the copy expires, `handover` when the person has been answered.
  purpose text NOT NULL CHECK (purpose IN ('selectors', 'package', 'handover')),
  key bytea NOT NULL CHECK (length(key) = 32),
  PRIMARY KEY (tenant, request_id, purpose),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE request_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON request_keys TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON request_keys TO vestige_app;

-- Raw identifiers that deletion jobs need, tokens, and the nonces of commitments; AES-256-GCM under the request's key.
CREATE TABLE request_identifiers (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('identifier', 'token', 'alias_nonce', 'handover')),
  ordinal integer NOT NULL,
  -- 12 bytes of nonce, ciphertext, 16 bytes of tag.
  sealed bytea NOT NULL CHECK (length(sealed) BETWEEN 28 AND 4096),
  PRIMARY KEY (tenant, request_id, kind, ordinal),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
ALTER TABLE request_identifiers ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_identifiers FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON request_identifiers TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON request_identifiers TO vestige_app;
