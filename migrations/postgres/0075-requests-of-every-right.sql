-- Requests under every right of a person (GDPR Art. 15 to 21), when they were acknowledged, and how far a deadline that
-- comes near has been told. `escalate_at` is computed with the clock; NULL: nothing more will be told.
ALTER TABLE requests DROP CONSTRAINT requests_type_check;
ALTER TABLE requests ADD CONSTRAINT requests_type_check
  CHECK (type IN ('access', 'portability', 'erasure', 'restriction', 'objection', 'rectification'));
ALTER TABLE requests DROP CONSTRAINT requests_attention_check;
ALTER TABLE requests ADD CONSTRAINT requests_attention_check CHECK (attention IN ('ambiguous_identifiers',
  'unsealed_access', 'collectors_behind', 'plan_grew', 'twin_open', 'held', 'identity_needed'));
ALTER TABLE requests ADD COLUMN acknowledged_on date;
ALTER TABLE requests ADD COLUMN escalated integer NOT NULL DEFAULT 0 CHECK (escalated IN (0, 50, 75, 90, 100));
ALTER TABLE requests ADD COLUMN escalate_at timestamptz;
-- Of an objection: what the person objects to; empty means everything.
ALTER TABLE requests ADD COLUMN purposes text[] NOT NULL DEFAULT '{}' CHECK (cardinality(purposes) <= 32);
CREATE INDEX requests_to_escalate ON requests (tenant, escalate_at) WHERE escalate_at IS NOT NULL;

ALTER TABLE request_identifiers DROP CONSTRAINT request_identifiers_kind_check;
ALTER TABLE request_identifiers ADD CONSTRAINT request_identifiers_kind_check
  CHECK (kind IN ('identifier', 'token', 'alias_nonce', 'handover', 'correction'));

-- All work on requests of a tenant stands still while this is set; the legal clocks run on.
ALTER TABLE request_policies ADD COLUMN work_paused jsonb;
