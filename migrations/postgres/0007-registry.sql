-- The legal entities behind nodes (GDPR Art. 30(1)(d), 15(1)(c)).
CREATE TABLE parties (
  tenant integer NOT NULL REFERENCES tenants (id),
  id text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  legal_name text NOT NULL CHECK (length(legal_name) BETWEEN 1 AND 200),
  role text NOT NULL
    CHECK (role IN ('controller', 'joint_controller', 'processor', 'sub_processor', 'third_party', 'public_authority')),
  country text CHECK (country ~ '^[A-Z]{2}$'),
  transfer_mechanism text,
  contact text,
  hosts text[] NOT NULL,
  PRIMARY KEY (tenant, id)
);
ALTER TABLE parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE parties FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON parties TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON parties TO vestige_app;

-- Where data rests, and who can erase there. A NULL connector means nobody can, and a plan says so.
CREATE TABLE stores (
  tenant integer NOT NULL REFERENCES tenants (id),
  id text COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 512),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  party_id text,
  connector text,
  retention_days integer CHECK (retention_days >= 0),
  backup_retention_days integer CHECK (backup_retention_days >= 0),
  identifier_types text[] NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, party_id) REFERENCES parties (tenant, id)
);
ALTER TABLE stores ENABLE ROW LEVEL SECURITY;
ALTER TABLE stores FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON stores TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON stores TO vestige_app;

-- Two names of one node: a store seen under another host, or a store namespace ending in `*`.
CREATE TABLE node_aliases (
  tenant integer NOT NULL REFERENCES tenants (id),
  alias text COLLATE "C" NOT NULL CHECK (length(alias) BETWEEN 1 AND 512),
  canonical text COLLATE "C" NOT NULL CHECK (length(canonical) BETWEEN 1 AND 512),
  PRIMARY KEY (tenant, alias),
  CHECK (alias <> canonical)
);
ALTER TABLE node_aliases ENABLE ROW LEVEL SECURITY;
ALTER TABLE node_aliases FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON node_aliases TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON node_aliases TO vestige_app;

-- Hosts that are the tenant's own (ruling 22).
CREATE TABLE internal_hosts (
  tenant integer NOT NULL REFERENCES tenants (id),
  host text COLLATE "C" NOT NULL CHECK (length(host) BETWEEN 1 AND 255),
  PRIMARY KEY (tenant, host)
);
ALTER TABLE internal_hosts ENABLE ROW LEVEL SECURITY;
ALTER TABLE internal_hosts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON internal_hosts TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON internal_hosts TO vestige_app;
