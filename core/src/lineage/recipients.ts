import { parseNodeId } from '../node/kind.ts';
import type { Recipient } from './answer.ts';
import { type Directory, hostOf } from './directory.ts';
import { compareText, type Flow } from './flow.ts';
import { meaning, spanOfTime } from './graph.ts';
import { isOutward } from './trace-state.ts';

/**
 * Who outside received data of the person: one row for each party (or host, while none is registered) and node
 * (ruling 23). What the person did as an actor is no disclosure of their data (ruling 8).
 */
export function recipientsOf(flows: readonly Flow[], directory: Directory): Recipient[] {
  const rows = new Map<string, { party: string; country: string | null; flows: Flow[] }>();
  for (const flow of flows) {
    if (flow.actor || !(isOutward(flow.action) || flow.action === 'unknown')) continue;
    const outside = partyOf(flow, directory);
    if (outside === null) continue;
    const key = `${outside.party}\n${flow.to}`;
    const known = rows.get(key);
    if (known) known.flows.push(flow);
    else rows.set(key, { ...outside, flows: [flow] });
  }
  return [...rows.values()].map(rowOf).sort((a, b) => compareText(a.party, b.party) || compareText(a.node, b.node));
}

function partyOf(flow: Flow, directory: Directory): { party: string; country: string | null } | null {
  const kind = parseNodeId(flow.to)?.kind;
  // Going back to whoever came in is no disclosure to an outside party, and a job runs in the house.
  if (kind === undefined || kind === 'client' || kind === 'job') return null;
  const party = directory.party(flow.to, flow.host);
  if (party) return { party: party.id, country: party.country ?? (flow.country || null) };
  const country = flow.country || null;
  switch (kind) {
    case 'recipient':
      return { party: flow.host || hostOf(flow.to), country };
    case 'model':
      return modelParty(flow, directory);
    case 'store':
    case 'queue':
    case 'memory':
      // A hosted store stays a store until someone registers the party behind it (ruling 22).
      return null;
    default:
      return flow.host === '' ? null : { party: flow.host, country };
  }
}

/** A model of ours runs on a host inside; a provider whose host nobody saw is still a recipient (ruling 23). */
function modelParty(flow: Flow, directory: Directory): { party: string; country: string | null } | null {
  const country = flow.country || null;
  if (flow.host !== '') return { party: flow.host, country };
  if (hostOf(flow.to) !== '') return null;
  const provider = parseNodeId(flow.to)?.name.split('/')[0] ?? '-';
  const party = directory.party(`recipient:${provider}`, provider);
  return party ? { party: party.id, country: party.country ?? country } : { party: provider, country };
}

function rowOf({
  party,
  country,
  flows,
}: {
  party: string;
  country: string | null;
  flows: readonly Flow[];
}): Recipient {
  const { firstSeen, lastSeen } = spanOfTime(flows);
  return {
    party,
    node: flows[0]?.to ?? '',
    firstDisclosed: firstSeen,
    lastDisclosed: lastSeen,
    count: flows.length,
    ...meaning(flows),
    country: country ?? flows.find((flow) => flow.country !== '')?.country ?? null,
    via: [...new Set(flows.map((flow) => flow.from))].sort(),
  };
}
