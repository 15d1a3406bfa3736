-- A person, as a random id: the only thing ClickHouse ever stores about who. What leads back is in `aliases`.
CREATE TABLE subjects (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
ALTER TABLE subjects ENABLE ROW LEVEL SECURITY;
ALTER TABLE subjects FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subjects TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON subjects TO vestige_app;

CREATE TABLE aliases (
  tenant integer NOT NULL,
  -- Collation "C": tokens are compared and sorted, never shown in a language.
  token text COLLATE "C" NOT NULL CHECK (length(token) BETWEEN 1 AND 200),
  subject_id uuid NOT NULL,
  -- Which pseudonymisation key made the token.
  kid text NOT NULL,
  -- Identifier type. Not part of a token: NULL until somebody has looked the person up by the raw identifier.
  type text,
  first_seen timestamptz NOT NULL DEFAULT now(),
  -- An erasure of the subject has begun. The token's next sight makes a new subject; the row stays until the erasure
  -- is verified, because searching and verifying need the token.
  retired boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, token, subject_id),
  FOREIGN KEY (tenant, subject_id) REFERENCES subjects (tenant, id)
);
-- One living subject per token, also when two collectors see it first at the same moment.
CREATE UNIQUE INDEX aliases_living ON aliases (tenant, token) INCLUDE (subject_id) WHERE NOT retired;
CREATE INDEX aliases_by_subject ON aliases (tenant, subject_id);
ALTER TABLE aliases ENABLE ROW LEVEL SECURITY;
ALTER TABLE aliases FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON aliases TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON aliases TO vestige_app;

-- Two subjects are one person (ruling 29). Edges, not a rewritten id, so that unlinking restores what was before. A
-- heuristic edge is a proposal: it joins nobody until a human has confirmed it as another kind.
CREATE TABLE subject_links (
  tenant integer NOT NULL,
  low uuid NOT NULL,
  high uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('verified_login', 'operator', 'import', 'heuristic')),
  evidence text NOT NULL CHECK (length(evidence) <= 500),
  linked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, low, high),
  CHECK (low < high),
  FOREIGN KEY (tenant, low) REFERENCES subjects (tenant, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant, high) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX subject_links_by_high ON subject_links (tenant, high);
ALTER TABLE subject_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_links FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subject_links TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON subject_links TO vestige_app;
