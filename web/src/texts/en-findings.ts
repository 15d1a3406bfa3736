/** What a machine found and a person must look at, by its type. */
export const findings: Readonly<Record<string, string>> = {
  'node_alias.conflict': 'Two names were said to be one place, against what is known',
  'request.deadline': 'A deadline is near or over',
  'request.unacknowledged': 'A person was not told that their request has arrived',
  'audit.heartbeat_missing': 'The audit log was silent for a day',
  'audit.checkpoint_refused': 'The database does not continue what was signed',
  'audit.witness_away': 'A keeper of checkpoints did not answer',
  'delegation.silent': 'An outside processor has not answered',
  'erasure.resurfaced': 'A person who was erased has come back; they were erased again',
  'erasure.unknown_people': 'Data of people nobody knows was found',
  'erasure.canary_stale': 'It was not proven lately that erasing works',
  'opendsr.callback_failed': 'A controller could not be told how its request stands',
  'retention.overdue': 'Something stayed longer than it may',
  'retention.below_floor': 'Something was kept shorter than it must be',
};

/** What its details are called. */
export const findingDetails: Readonly<Record<string, string>> = {
  alias: 'The name',
  claimedAs: 'is said to be',
  standsFor: 'and known as',
  toldBy: 'Said by',
  why: 'Kind',
  requestId: 'Request',
  type: 'Right',
  state: 'State then',
  dueOn: 'Due on',
  level: 'Time used up, %',
  node: 'Place',
  processor: 'Processor',
  escalated: 'Escalated',
  heard: 'Last answer',
  people: 'People',
  scan: 'Scan',
  failedStep: 'Failed at',
  table: 'Table',
  oldest: 'Oldest',
};
export const otherFinding = 'Something to look at';
