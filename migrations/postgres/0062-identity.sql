-- Two tokens of one identifier under an old and a new key are one person by construction: the server that knows the
-- identifier joins them (`rotation`). No caller can ask for this kind.
ALTER TABLE subject_links DROP CONSTRAINT subject_links_kind_check;
ALTER TABLE subject_links ADD CONSTRAINT subject_links_kind_check
  CHECK (kind IN ('verified_login', 'operator', 'import', 'heuristic', 'rotation'));

-- An identifier that several people use, such as a family's e-mail address or a device. It identifies nobody: it joins
-- nobody, and whoever asks by it is shown whom it may mean.
ALTER TABLE aliases ADD COLUMN shared boolean NOT NULL DEFAULT false;

-- Every link that was made and undone. It goes with the person, as the links do.
CREATE TABLE subject_link_events (
  tenant integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  low uuid NOT NULL,
  high uuid NOT NULL,
  action text NOT NULL CHECK (action IN ('link', 'unlink')),
  kind text NOT NULL CHECK (kind IN ('verified_login', 'operator', 'import', 'heuristic', 'rotation')),
  evidence text NOT NULL CHECK (length(evidence) <= 500),
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id),
  CHECK (low < high),
  FOREIGN KEY (tenant, low) REFERENCES subjects (tenant, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant, high) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX subject_link_events_by_low ON subject_link_events (tenant, low);
CREATE INDEX subject_link_events_by_high ON subject_link_events (tenant, high);
ALTER TABLE subject_link_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_link_events FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subject_link_events TO vestige_app
  USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON subject_link_events TO vestige_app;
