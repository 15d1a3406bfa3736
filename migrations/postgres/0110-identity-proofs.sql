-- What a person showed to be recognised (GDPR Art. 12(6)). Kept only until somebody has decided, and never longer than
-- `expires_at`; the key goes with the last proof, so that no copy of the ciphertext opens afterwards.
CREATE TABLE identity_proofs (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('document', 'video', 'knowledge', 'account_login')),
  -- What it would support; the decision names its own level.
  assurance text NOT NULL CHECK (assurance IN ('low', 'substantial', 'high')),
  media_type text NOT NULL CHECK (length(media_type) BETWEEN 3 AND 100),
  byte_count integer NOT NULL CHECK (byte_count > 0),
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- 12 bytes of nonce, ciphertext, 16 bytes of tag.
  sealed bytea NOT NULL CHECK (length(sealed) BETWEEN 29 AND 10485788),
  PRIMARY KEY (tenant, request_id, id),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
CREATE INDEX identity_proofs_by_expiry ON identity_proofs (tenant, expires_at);
-- Neither compressed nor cut: ciphertext does not shrink.
ALTER TABLE identity_proofs ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE identity_proofs ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_proofs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON identity_proofs TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON identity_proofs TO vestige_app;

ALTER TABLE request_keys DROP CONSTRAINT request_keys_purpose_check;
ALTER TABLE request_keys ADD CONSTRAINT request_keys_purpose_check
  CHECK (purpose IN ('selectors', 'package', 'handover', 'identity'));

-- How sure one must be of whom, what may be shown, and for how long it is kept undecided. NULL: the protective defaults.
ALTER TABLE request_policies ADD COLUMN identity jsonb;
