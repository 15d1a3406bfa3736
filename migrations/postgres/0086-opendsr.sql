-- What a tenant allows the controllers that drive it over OpenDSR.
CREATE TABLE opendsr_settings (
  tenant integer PRIMARY KEY REFERENCES tenants (id),
  -- md5, sha1 and sha256 of identifiers are taken. Off: they can be reversed by trying, and find only what is held hashed.
  hashed_identities boolean NOT NULL,
  -- The controller has identified the person, so that its request needs no identity step here.
  controller_identifies boolean NOT NULL,
  -- Hosts that callbacks may go to. Empty: controllers have to ask.
  callback_hosts text[] NOT NULL CHECK (cardinality(callback_hosts) <= 100)
);
ALTER TABLE opendsr_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE opendsr_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON opendsr_settings TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON opendsr_settings TO vestige_app;

-- A controller's request and ours. No identity: those lie with the request, encrypted, until it ends.
CREATE TABLE opendsr_requests (
  tenant integer NOT NULL REFERENCES tenants (id),
  subject_request_id uuid NOT NULL,
  -- NULL for the moment between taking the id and filing.
  request_id uuid,
  taken_at timestamptz NOT NULL,
  controller_id text NOT NULL,
  regulation text NOT NULL CHECK (regulation IN ('gdpr', 'ccpa')),
  subject_request_type text NOT NULL CHECK (subject_request_type IN ('access', 'portability', 'erasure')),
  submitted_time timestamptz NOT NULL,
  received_time timestamptz NOT NULL,
  callback_urls text[] NOT NULL CHECK (cardinality(callback_urls) <= 8),
  -- Status and outcome as last told; the next change is told once, to every URL.
  reported text,
  PRIMARY KEY (tenant, subject_request_id),
  FOREIGN KEY (tenant, request_id) REFERENCES requests (tenant, id)
);
CREATE INDEX opendsr_requests_by_request ON opendsr_requests (tenant, request_id);
ALTER TABLE opendsr_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE opendsr_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON opendsr_requests TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON opendsr_requests TO vestige_app;
GRANT UPDATE (request_id, taken_at, reported), DELETE ON opendsr_requests TO vestige_app;

-- Callbacks that are owed, at least once each. Written in the transaction that notes the change they tell of.
CREATE TABLE opendsr_callbacks (
  tenant integer NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  subject_request_id uuid NOT NULL,
  url text NOT NULL CHECK (length(url) <= 2048),
  body text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  delivered_at timestamptz,
  given_up_at timestamptz,
  failure text,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, subject_request_id) REFERENCES opendsr_requests (tenant, subject_request_id),
  CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX opendsr_callbacks_due ON opendsr_callbacks (tenant, due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;
ALTER TABLE opendsr_callbacks ENABLE ROW LEVEL SECURITY;
ALTER TABLE opendsr_callbacks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON opendsr_callbacks TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT ON opendsr_callbacks TO vestige_app;
GRANT UPDATE (attempts, due_at, delivered_at, given_up_at, failure) ON opendsr_callbacks TO vestige_app;
