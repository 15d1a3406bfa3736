-- What a tenant decides about its requests. One row per tenant; no row means the protective defaults.
CREATE TABLE request_policies (
  tenant integer NOT NULL PRIMARY KEY REFERENCES tenants (id),
  -- Off: whoever files a request cannot approve it (four eyes).
  single_key_approval boolean NOT NULL,
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  -- NULL: the closing days of the euro payment system.
  holidays date[] CHECK (cardinality(holidays) <= 1000),
  package_days integer NOT NULL CHECK (package_days BETWEEN 1 AND 90)
);
ALTER TABLE request_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON request_policies TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON request_policies TO vestige_app;

-- A data-subject request. `state` moves only through the table of core/src/request/request-state.ts, by compare-and-set
-- on `version`. Nothing here names the person once the request has ended: `subject_ids` is emptied with it.
CREATE TABLE requests (
  tenant integer NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  type text NOT NULL CHECK (type IN ('access', 'portability', 'erasure')),
  regime text NOT NULL CHECK (regime IN ('gdpr', 'uk', 'ccpa', 'lgpd', 'hipaa')),
  ground text,
  state text NOT NULL CHECK (state IN ('received', 'identity_pending', 'assessing', 'awaiting_approval', 'approved',
    'executing', 'verifying', 'blocked', 'completed', 'completed_with_exceptions', 'reopened', 'duplicate', 'expired',
    'refused', 'withdrawn')),
  filed_by text NOT NULL,
  filed_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  -- Day of receipt, pauses, extension: everything a deadline is computed from.
  clock jsonb NOT NULL,
  -- The computed deadline, kept to search by. Never read back as the truth.
  due_on date NOT NULL,
  identity jsonb,
  approval jsonb,
  hold jsonb,
  refusal jsonb,
  paused text CHECK (paused IN ('identity', 'clarification')),
  suspended boolean NOT NULL DEFAULT false,
  duplicate_of uuid,
  -- Why a request that could go on does not; a code for people.
  attention text CHECK (attention IN ('ambiguous_identifiers', 'unsealed_access', 'collectors_behind', 'plan_grew')),
  plan_version integer NOT NULL DEFAULT 0,
  plan_hash text,
  -- The canonical subject first. Random ids, and still personal data while aliases lead to them.
  subject_ids uuid[] NOT NULL DEFAULT '{}',
  alias_count integer NOT NULL DEFAULT 0,
  selector_count integer NOT NULL,
  suppression_version integer,
  erased_before timestamptz,
  -- Every collector has confirmed; spans that were under way then have this long to arrive.
  tail_until timestamptz,
  suppressed boolean NOT NULL DEFAULT false,
  -- The physical erasure of our own telemetry: when the engine said it was done, by its own clock.
  telemetry_done_at_s bigint,
  started_at timestamptz,
  executed_at timestamptz,
  ended_at timestamptz,
  work_owner text,
  work_until timestamptz,
  work_after timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX requests_by_due ON requests (tenant, due_on, id);
CREATE INDEX requests_by_filing ON requests (tenant, filed_at, id);
CREATE INDEX requests_to_work_on ON requests (tenant, work_after)
  WHERE state IN ('assessing', 'approved', 'executing', 'verifying', 'blocked', 'reopened');
-- One open erasure per person (INV5). A request enters when its plan has found the person.
CREATE UNIQUE INDEX requests_one_open_erasure ON requests (tenant, (subject_ids[1]))
  WHERE type = 'erasure' AND cardinality(subject_ids) > 0
    AND state IN ('awaiting_approval', 'approved', 'executing', 'verifying', 'blocked', 'reopened');
CREATE INDEX requests_by_subject ON requests USING gin (subject_ids);
ALTER TABLE requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON requests TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, UPDATE ON requests TO vestige_app;
