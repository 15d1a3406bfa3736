-- One row a day for every place where data of ours rests: how old the oldest is, how long it may stay, and what should have
-- left and has not. GDPR Art. 5(1)(e) with 5(2): not only that data goes in time, but that somebody can show it did.
-- No personal data. Written once; kept for 400 days.
CREATE TABLE retention_proofs (
  tenant integer NOT NULL REFERENCES tenants (id),
  -- UTC.
  day date NOT NULL,
  -- `clickhouse.spans`, `postgres.requests`.
  place text NOT NULL CHECK (length(place) BETWEEN 3 AND 100),
  class text NOT NULL CHECK (length(class) BETWEEN 1 AND 40),
  min_days integer NOT NULL CHECK (min_days >= 0),
  -- NULL: no period makes it leave.
  limit_days integer CHECK (limit_days > 0),
  -- NULL: there was nothing.
  oldest timestamptz,
  -- Parts or rows.
  overdue bigint NOT NULL CHECK (overdue >= 0),
  problems text[] NOT NULL,
  proved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, day, place)
);
ALTER TABLE retention_proofs ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_proofs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON retention_proofs TO vestige_app USING (tenant = vestige_tenant()) WITH CHECK (tenant = vestige_tenant());
GRANT SELECT, INSERT, DELETE ON retention_proofs TO vestige_app;
