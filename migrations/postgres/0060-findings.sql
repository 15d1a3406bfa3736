-- Something a person must look at. Written by machines, in the transaction that found it; the same thing found again is
-- counted, not listed again. Details name nodes, services and counts, never a person.
CREATE TABLE findings (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL CHECK (type ~ '^[a-z_]+(\.[a-z_]+)*$'),
  -- What makes it the same thing: of a contradiction between two names, both names.
  key text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 2000),
  details jsonb NOT NULL,
  times integer NOT NULL DEFAULT 1,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, type, key)
);
CREATE INDEX findings_by_time ON findings (tenant, first_seen, id);
ALTER TABLE findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE findings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON findings TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON findings TO vestige_app;
