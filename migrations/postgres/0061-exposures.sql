-- Questions of who was affected by a node, an edge or a party. Only the question is kept, never its answer: who was
-- affected is worked out again by whoever may see the list, so that no second copy of it outlives an erasure. The list
-- needs the word of another key than the one that asked (four eyes).
CREATE TABLE exposures (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  question jsonb NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  purpose text NOT NULL,
  approved_by text CHECK (approved_by <> asked_by),
  approved_at timestamptz,
  PRIMARY KEY (tenant, id),
  CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
ALTER TABLE exposures ENABLE ROW LEVEL SECURITY;
ALTER TABLE exposures FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON exposures TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE (approved_by, approved_at) ON exposures TO vestige_app;
