const TABS = ['entries', 'log', 'certificate'] as const;
export type AuditTab = (typeof TABS)[number];

/** How types begin, as groups that a reader knows. */
export const TYPE_GROUPS = [
  'subject.',
  'request.',
  'task.',
  'recipient.',
  'package.',
  'certificate.',
  'exposure.',
  'alias.',
  'store.',
  'party.',
  'api_key.',
  'policy.',
  'audit.',
] as const;
export type TypeGroup = (typeof TYPE_GROUPS)[number];

/** The address of the log: no person is in it, because the log is not asked about one here. */
export interface AuditSearch {
  readonly tab?: AuditTab;
  readonly type?: TypeGroup;
  readonly actor?: string;
  readonly request?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ACTOR = /^[a-z]+:[A-Za-z0-9._:-]{1,100}$/;

export function readAuditSearch(search: Readonly<Record<string, unknown>>): AuditSearch {
  const tab = TABS.find((each) => each === search['tab']);
  const type = TYPE_GROUPS.find((each) => each === search['type']);
  const { actor, request } = search;
  return {
    ...(tab === undefined || tab === 'entries' ? {} : { tab }),
    ...(type === undefined ? {} : { type }),
    ...(typeof actor === 'string' && ACTOR.test(actor) ? { actor } : {}),
    ...(typeof request === 'string' && UUID.test(request) ? { request } : {}),
  };
}
