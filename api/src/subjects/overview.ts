import type { TenantId } from '@vestige/core/ids';
import type { ApiDeps } from '../deps.ts';
import { type AliasView, withoutToken } from './resolve.ts';

export interface SubjectOverview {
  subjectId: string;
  members: string[];
  aliases: AliasView[];
  firstSeen: string | null;
  lastSeen: string | null;
  spans: number;
  categories: string[];
  purposes: string[];
  openRequests: { id: string; type: string; state: string; dueOn: string }[];
}

/** One person in numbers. Zero spans means that none is stored, not that none was sent. */
export async function subjectOverview(
  deps: Pick<ApiDeps, 'aliases' | 'events' | 'requests'>,
  tenant: TenantId,
  { subjectId, members }: { subjectId: string; members: string[] },
): Promise<SubjectOverview> {
  const [summary, aliases, requests] = await Promise.all([
    deps.events.subjectSummary(tenant, members),
    deps.aliases.aliasesOf(tenant, subjectId),
    deps.requests.openRequestsOf(tenant, members),
  ]);
  return {
    subjectId,
    members,
    aliases: aliases.map(withoutToken),
    firstSeen: summary && instant(summary.firstSeenUs),
    lastSeen: summary && instant(summary.lastSeenUs),
    spans: summary?.spans ?? 0,
    categories: summary?.categories ?? [],
    purposes: summary?.purposes ?? [],
    openRequests: requests.map(({ id, type, state, dueOn }) => ({ id, type, state, dueOn })),
  };
}

function instant(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}
