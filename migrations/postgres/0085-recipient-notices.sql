-- Art. 19: whom the data was disclosed to, by party as the plan's lineage showed it, and how each was told: a notice, or a
-- coded excuse. `party` is the id of a registered party, or the host while none is registered. No personal data.
CREATE TABLE recipient_notices (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  party text COLLATE "C" NOT NULL CHECK (length(party) BETWEEN 1 AND 512),
  nodes text[] NOT NULL CHECK (cardinality(nodes) BETWEEN 1 AND 1000),
  channel text CHECK (channel IN ('erasure_call', 'opendsr', 'webhook', 'email', 'letter', 'portal', 'phone')),
  sent_at timestamptz,
  sent_by text,
  acknowledgement text CHECK (acknowledgement IN ('received', 'completed', 'refused')),
  acknowledged_at timestamptz,
  excuse_code text CHECK (excuse_code IN ('impossible', 'disproportionate')),
  excuse_basis text,
  excuse_by text,
  -- The recipient was ordered to keep the data when it was told; it has to be told again.
  again_since timestamptz,
  PRIMARY KEY (tenant, request_id, party),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id),
  CHECK ((channel IS NULL) = (sent_at IS NULL) AND (channel IS NULL) = (sent_by IS NULL)),
  CHECK ((acknowledgement IS NULL) = (acknowledged_at IS NULL)),
  CHECK (acknowledgement IS NULL OR sent_at IS NOT NULL),
  CHECK ((excuse_code IS NULL) = (excuse_by IS NULL) AND (excuse_code IS NULL) = (excuse_basis IS NULL))
);
CREATE INDEX recipient_notices_again ON recipient_notices (tenant, again_since) WHERE again_since IS NOT NULL;
ALTER TABLE recipient_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE recipient_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON recipient_notices TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON recipient_notices TO vestige_app;

-- A recipient that is ordered to keep what it was told to erase, e.g. by a court. A fact about the party, for as long as
-- it lasts, whoever's data it is.
CREATE TABLE recipient_holds (
  tenant integer NOT NULL REFERENCES tenants (id),
  party text COLLATE "C" NOT NULL CHECK (length(party) BETWEEN 1 AND 512),
  since date NOT NULL,
  matter text NOT NULL,
  noted_by text NOT NULL,
  lifted_on date CHECK (lifted_on >= since),
  PRIMARY KEY (tenant, party, since)
);
CREATE UNIQUE INDEX recipient_holds_in_force ON recipient_holds (tenant, party) WHERE lifted_on IS NULL;
ALTER TABLE recipient_holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE recipient_holds FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON recipient_holds TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE (lifted_on) ON recipient_holds TO vestige_app;
