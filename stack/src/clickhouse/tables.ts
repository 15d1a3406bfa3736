/**
 * The tables that hold a tenant's rows. The user `api` reads them through a row policy and the eraser deletes from
 * them; users files know no wildcards for row policies, hence a list. An integration test compares it with the engine.
 */
export const TENANT_TABLES = [
  'spans',
  'touches',
  'record_touches',
  'links_in',
  'run_datasets',
  'run_datasets_by_node',
  'rejected_spans',
  'service_days',
] as const;

/** Subjects of running physical erasures. Not for the API: its rows say who asked to be forgotten. */
export const ERASE_QUEUE = 'erase_queue';

/** What an erasure found, by batch and table; no subject in it. */
export const ERASE_FOUND = 'erase_found';

/** What the verifier counted afterwards; no subject in it. Its login alone writes here. */
export const ERASE_EVIDENCE = 'erase_evidence';

export const DATABASE = 'vestige';
