import { ACTIONS, type Action, ATTR } from '../convention/attributes.ts';
import type { Touch } from '../model/span.ts';
import { canonicalNode } from '../node/canonical.ts';
import { cleanHost } from '../node/host.ts';
import { parseNodeId } from '../node/kind.ts';
import { recipientNode } from '../node/recipient.ts';
import { mask } from '../scrub/mask.ts';
import { touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

/** Rule id of touches that the code declared. */
export const DECLARED = 'vestige.flow';
const DECLARABLE: ReadonlySet<string> = new Set(ACTIONS.filter((action) => action !== 'unknown'));
const PARTIES: ReadonlySet<string> = new Set(['recipient', 'service']);
const OWNERS: ReadonlySet<string> = new Set(['agent', 'tool', 'workflow', 'service', 'job']);

/**
 * `vestige.flow.action` and `vestige.flow.peer` override what was recognised, together or one at a time (design 03):
 * an action alone applies to the recognised peers, a peer alone takes the recognised actions, `none` means no flow.
 */
export function declaredTouches(span: SpanView, recognised: readonly Touch[]): readonly Touch[] {
  const action = flowAction(span);
  if (action === 'none') return [];
  const peer = flowPeer(span);
  if (action === null && peer === null) return withRecipient(span, recognised);
  if (action !== null && peer !== null) return [touch(peer, action, DECLARED)];
  if (action !== null)
    return distinct(recognised.map((found) => found.peer)).map((found) => touch(found, action, DECLARED));
  const actions = distinct(recognised.map((found) => found.action));
  return (actions.length === 0 ? (['unknown'] as const) : actions).map((found) => touch(peer ?? '', found, DECLARED));
}

function flowAction(span: SpanView): Action | null {
  const text = span.text(ATTR.flowAction);
  if (text === '') return null;
  if (DECLARABLE.has(text)) return text as Action;
  span.log.odd(ATTR.flowAction);
  return null;
}

function flowPeer(span: SpanView): string | null {
  const text = span.text(ATTR.flowPeer);
  if (text === '') return null;
  const peer = canonicalNode(text, span.log.onMask);
  if (peer === null) span.log.odd(ATTR.flowPeer);
  return peer;
}

/** `vestige.recipient.id` names the outside party of a call that was read as going to a host. */
function withRecipient(span: SpanView, touches: readonly Touch[]): readonly Touch[] {
  const host = recipientOverride(span);
  if (host === '') return touches;
  return touches.map((found) =>
    PARTIES.has(parseNodeId(found.peer)?.kind ?? '') ? { ...found, peer: recipientNode(host) } : found,
  );
}

/** `vestige.recipient.id` as a host or a party's slug; '' when absent or odd. */
export function recipientOverride(span: SpanView): string {
  const text = span.text(ATTR.recipientId);
  if (text === '') return '';
  const host = cleanHost(text.replace(/^recipient:/, ''));
  if (host !== '' && mask(host) === host) return host;
  span.log.odd(ATTR.recipientId);
  return '';
}

/** `vestige.owner` (ruling 5). */
export function ownerOf(span: SpanView): string {
  const text = span.text(ATTR.owner);
  if (text === '') return '';
  const owner = canonicalNode(text, span.log.onMask);
  if (owner !== null && OWNERS.has(parseNodeId(owner)?.kind ?? '')) return owner;
  span.log.odd(ATTR.owner);
  return '';
}

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];
