import { parseNodeId } from './kind.ts';

/** What never acts, and so never has the turn in a conversation. */
const PASSIVE: ReadonlySet<string> = new Set(['store', 'memory', 'queue', 'recipient', 'model', 'job']);

/** Whether a node may run spans of its own, or have had a turn: what it left is then brought into later turns without it. */
export function mayAct(id: string): boolean {
  return !PASSIVE.has(parseNodeId(id)?.kind ?? '');
}
