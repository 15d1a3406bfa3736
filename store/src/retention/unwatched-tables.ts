/**
 * Tables of the control database whose age nobody has to watch, and why. A test holds this list and the watched tables
 * against the schema, so that a new table cannot be forgotten: it is watched, or it stands here with its reason.
 */
export const UNWATCHED_TABLES: Readonly<Record<string, string>> = {
  // Go with the random id they belong to, which is watched as `subjects`.
  aliases: 'leads from tokens to a random id; goes with it',
  subject_links: 'which ids are one person; goes with either',
  subject_link_events: 'who joined which ids, for the sake of undoing it; goes with either',

  subject_sets: 'an immutable list that a caller made and names',
  subject_set_members: 'tokens of such a list; goes with the erasure of the person',
  exposures: 'what was asked about a place and who approved it; its answer is not kept',
  restrictions: 'a duty towards the person that ends when it is lifted; goes with the erasure of the person',
  holds: 'a duty to keep that ends when it is released',

  // Part of the record of a request, which is watched as `requests` and stays with it.
  plans: 'what was approved; names places, and people by a commitment alone',
  tasks: 'what was done; counts and places, no person',
  receipts: 'evidence of the tasks; counts and hashes, no person',
  certificates: 'the proof itself; names people by a commitment alone',
  recipient_notices: 'which company was told when; no person',
  delegations: 'which processor has which task; no person',
  opendsr_requests: 'ids and states of requests that others filed; the identities are in `request_identifiers`',
  opendsr_callbacks: 'the state of such a request as it was told; no person',
  package_sign_offs: 'who sent out an incomplete copy; no person',
  erasure_rechecks: 'when it is looked whether somebody came back; counts, no person',

  // The audit log, which is watched as `audit_entry`.
  audit_anchor: 'part of the audit log',
  audit_checkpoint: 'part of the audit log',
  audit_heartbeat: 'part of the audit log, and what its age is told by',
  audit_node: 'part of the audit log',
  audit_payload: 'what entries say of people; an erasure takes it, and the entry stays',
  audit_pending: 'entries on their way into the log, for seconds; the age of the log is a metric of its own',
  audit_redaction: 'part of the audit log',

  // Leave by the statement that writes the next one.
  canaries: 'an invented person, replaced every day; her age is a metric of its own',
  collectors: 'one row for each; taken out when it was silent for long',
  residue_scans: 'counts of the daily look; leave by the next one',
  retention_proofs: 'counts of the daily proof; leave after 400 days by the next one',
  suppression_versions: 'one number for each tenant',

  // Facts about the installation. They stay until somebody changes them, and name no person.
  api_keys: 'credentials of staff and machines; a revoked one stays, because entries of the log name it',
  findings: 'what needs a person; settled ones are kept for the audit, and details name nobody',
  internal_hosts: 'hosts of the company',
  node_aliases: 'names of places',
  opendsr_settings: 'how others file requests',
  parties: 'companies',
  privacy_notices: 'texts that a copy quotes',
  recipient_holds: 'orders that make a company keep data',
  request_policies: 'how requests are handled',
  stores: 'places that are registered',
  subject_key_ids: 'which pseudonymisation keys there were; the keys are in no database',
  tenant_quotas: 'limits',
  tenant_secrets: 'keys that tokens of the audit log and of suppression are made with',
  tenants: 'customers of the installation',
};
