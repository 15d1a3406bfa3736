-- Which pseudonymisation keys this installation holds, by their ids; the keys themselves are in no database. A change of
-- configuration is thereby an entry of the audit log: when a key came, and when it was taken away for good.
CREATE TABLE subject_key_ids (
  tenant integer NOT NULL REFERENCES tenants (id),
  kid text NOT NULL CHECK (kid ~ '^[a-z0-9]{1,32}$'),
  since timestamptz NOT NULL,
  -- Some process held it then. Not written at every look.
  seen_at timestamptz NOT NULL,
  gone_at timestamptz,
  PRIMARY KEY (tenant, kid)
);
ALTER TABLE subject_key_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_key_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subject_key_ids TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON subject_key_ids TO vestige_app;
