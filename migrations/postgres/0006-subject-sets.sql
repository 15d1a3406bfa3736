-- The people of one bulk operation, named once (ruling 30). Immutable, except that a forgotten person leaves it.
CREATE TABLE subject_sets (
  tenant integer NOT NULL REFERENCES tenants (id),
  id text NOT NULL CHECK (id ~ '^set_[0-9A-Za-z_-]{22}$'),
  count integer NOT NULL CHECK (count BETWEEN 1 AND 100000),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
ALTER TABLE subject_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subject_sets TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON subject_sets TO vestige_app;

CREATE TABLE subject_set_members (
  tenant integer NOT NULL,
  set_id text NOT NULL,
  token text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, set_id, token),
  FOREIGN KEY (tenant, set_id) REFERENCES subject_sets (tenant, id)
);
CREATE INDEX subject_set_members_by_token ON subject_set_members (tenant, token);
ALTER TABLE subject_set_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_set_members FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subject_set_members TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON subject_set_members TO vestige_app;
