-- Legal holds on a scope: places, a person, or everything. Nothing in it is destroyed or overwritten while it lasts.
-- `subject_ids` is emptied when the hold is released. Empty `nodes`: every place; `any_person`: everybody.
CREATE TABLE holds (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  matter text NOT NULL CHECK (length(matter) BETWEEN 1 AND 200),
  nodes text[] NOT NULL CHECK (cardinality(nodes) <= 100),
  any_person boolean NOT NULL,
  subject_ids uuid[] NOT NULL,
  placed_by text NOT NULL,
  placed_at timestamptz NOT NULL,
  review_at date NOT NULL,
  released_by text,
  released_at timestamptz,
  PRIMARY KEY (tenant, id),
  -- Lifting a hold lets data be destroyed: whoever placed it does not do that alone, unless the tenant allows one key.
  CHECK ((released_by IS NULL) = (released_at IS NULL))
);
CREATE INDEX holds_in_force ON holds (tenant) WHERE released_at IS NULL;
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON holds TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON holds TO vestige_app;

-- Restrictions of processing (GDPR Art. 18) and objections (Art. 21) in force. One per request. It outlives the request:
-- only lifting it, with a record that the person was told before, ends it; `subject_ids` is emptied then.
CREATE TABLE restrictions (
  tenant integer NOT NULL,
  request_id uuid NOT NULL,
  ground text,
  -- Empty: all purposes.
  purposes text[] NOT NULL,
  subject_ids uuid[] NOT NULL,
  since timestamptz NOT NULL,
  lifted_by text,
  lifted_at timestamptz,
  -- When and how the person was told (Art. 18(3)), and why it ended.
  notice jsonb,
  PRIMARY KEY (tenant, request_id),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id),
  CHECK ((lifted_at IS NULL) = (notice IS NULL) AND (lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE INDEX restrictions_by_subject ON restrictions USING gin (subject_ids) WHERE lifted_at IS NULL;
ALTER TABLE restrictions ENABLE ROW LEVEL SECURITY;
ALTER TABLE restrictions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON restrictions TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON restrictions TO vestige_app;
