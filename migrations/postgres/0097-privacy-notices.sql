-- What a controller says in words because no span shows it: Art. 13 and 14, repeated to each person in an access answer.
CREATE TABLE privacy_notices (
  tenant integer NOT NULL PRIMARY KEY,
  notice jsonb NOT NULL,
  updated_at timestamptz NOT NULL
);
ALTER TABLE privacy_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON privacy_notices TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON privacy_notices TO vestige_app;
