import type { Action } from '../convention/attributes.ts';
import type { Outcome } from '../model/span.ts';
import { parseNodeId } from '../node/kind.ts';
import { isProviderName } from '../node/provider.ts';
import { RULE_LAYER } from '../recognise/rule-layer.ts';
import { Beside } from './beside.ts';
import { hostOf } from './directory.ts';
import type { SpanFact } from './facts.ts';
import type { Call, Holder, Holders } from './holders.ts';
import { moreSpecific, sameHost, samePeer } from './same-peer.ts';
import type { TraceSpan, TraceTree } from './trace.ts';

/** A span that reported a touch, and the rule that read it. */
export interface Witness {
  readonly span: TraceSpan;
  readonly rule: string;
}

/** What one physical call did to one peer, however many spans reported it (otel §7.4). */
export interface PhysicalTouch {
  /** The most specific name that a witness gave: with the host, if any of them knew it. */
  readonly peer: string;
  readonly action: Action;
  readonly holders: readonly Holder[];
  /** Outermost first: it names the role, the innermost one the recipient. */
  readonly witnesses: readonly Witness[];
  readonly refs: readonly string[];
  /** Of the call: its outermost span, unless everything under it failed. */
  readonly outcome: Outcome;
  /** Nothing was found: `record.count` is 0 and nobody says otherwise. */
  readonly empty: boolean;
  readonly host: string;
  readonly country: string;
}

/** A call between holders with every span that reports it. */
export interface PhysicalCall extends Call {
  readonly witnesses: readonly TraceSpan[];
}

export interface PhysicalFacts {
  readonly touches: readonly PhysicalTouch[];
  readonly calls: readonly PhysicalCall[];
  /** Some touch was not compared with all that enclose it: what one call did may be told twice. */
  readonly cut: boolean;
}

/** Kinds that a CLIENT span's touch may have when what answered was our own service or agent. */
const HOP_KINDS: ReadonlySet<string> = new Set(['service', 'recipient', 'client', 'agent', 'tool', 'workflow']);
const kindOf = (id: string) => parseNodeId(id)?.kind ?? 'service';

interface Draft {
  peer: string;
  action: Action;
  holders: readonly Holder[];
  witnesses: Witness[];
  /** It turned out to be a call into one of our own holders. */
  hop: boolean;
}

/**
 * One physical call is one touch. A span's touch joins the touch of an ancestor that encloses it in the same holder when
 * both do the same thing to the same peer; a transport span (HTTP, RPC) under a model, store, queue, memory or MCP call
 * only lends it its host; and what a CLIENT span says of a peer that answered with a span of its own is that call.
 */
export function physicalFacts(tree: TraceTree, holders: Holders): PhysicalFacts {
  const drafts: Draft[] = [];
  const bySpan = new Map<TraceSpan, Draft[]>();
  const answered = new Map<TraceSpan, Call>();
  for (const call of holders.calls) if (call.via !== null) answered.set(call.via, call);
  const callWitnesses = new Map<Call, TraceSpan[]>();
  const touchingAbove = new Map<TraceSpan, Touching>();
  const beside = new Beside<Draft>();
  let cut = false;
  const calledWithin = new Set(holders.calls.filter(({ entry }) => entry.parent !== null).map(({ entry }) => entry));

  for (const span of tree.spans) {
    const above = aboveOf(span, holders, bySpan, touchingAbove);
    if (above !== null) touchingAbove.set(span, above);
    if (span.ownWork || span.fact.touches.length === 0) continue;
    const own = holders.of(span);
    const { enclosing, more } = enclosingOf(span, above);
    cut ||= more;
    const call = answered.get(span);
    for (const touch of span.fact.touches) {
      if (touch.action === 'none' || own.some(({ node }) => node === touch.peer)) continue;
      const kind = kindOf(touch.peer);
      // An ingress from outside is none when the caller's span is known.
      if (kind === 'client' && calledWithin.has(span)) continue;
      const hop = call !== undefined && HOP_KINDS.has(kind);
      const found = enclosingTouch(span, touch, enclosing);
      if (found === 'covered') continue;
      if (found !== null) {
        found.witnesses.push({ span, rule: touch.rule });
        found.peer = moreSpecific(found.peer, touch.peer);
        remember(bySpan, span, found);
        if (hop && HOP_KINDS.has(kindOf(found.peer))) {
          found.hop = true;
          callWitnesses.set(call, [...new Set(found.witnesses.map((witness) => witness.span))]);
        }
        continue;
      }
      if (hop) continue;
      const other = beside.of(span, own, touch.peer, touch.action);
      if (other !== null) {
        const { draft, isAround } = other;
        if (isAround) draft.witnesses.push({ span, rule: touch.rule });
        else draft.witnesses.unshift({ span, rule: touch.rule });
        draft.peer = moreSpecific(draft.peer, touch.peer);
        remember(bySpan, span, draft);
        continue;
      }
      const draft = {
        peer: touch.peer,
        action: touch.action,
        holders: own,
        witnesses: [{ span, rule: touch.rule }],
        hop,
      };
      drafts.push(draft);
      remember(bySpan, span, draft);
      beside.tell(span, own, touch.peer, touch.action, draft);
    }
  }
  return {
    touches: drafts.filter((draft) => !draft.hop).map(finished),
    calls: holders.calls.map((call) => ({
      ...call,
      witnesses: [...new Set([call.entry, ...(call.via ? [call.via] : []), ...(callWitnesses.get(call) ?? [])])],
    })),
    cut,
  };
}

function remember(bySpan: Map<TraceSpan, Draft[]>, span: TraceSpan, draft: Draft): void {
  const known = bySpan.get(span);
  if (known) known.push(draft);
  else bySpan.set(span, [draft]);
}

/** The nearest ancestor that touched something, within one holder, and those above it. */
interface Touching {
  readonly span: TraceSpan;
  readonly drafts: readonly Draft[];
  readonly above: Touching | null;
}

/**
 * Ancestors that a touch is compared with. Layers of libraries are a handful; of thousands of nested calls each would be
 * compared with each. Where there are more, the answer says that it is not whole.
 */
const ENCLOSING_MAX = 64;

/** Found from what the parent, which came before, has above it: a walk for each span would square a deep trace. */
function aboveOf(
  span: TraceSpan,
  holders: Holders,
  bySpan: ReadonlyMap<TraceSpan, readonly Draft[]>,
  known: ReadonlyMap<TraceSpan, Touching>,
): Touching | null {
  const { parent } = span;
  if (parent === null) return null;
  const own = holders.of(span);
  const theirs = holders.of(parent);
  if (theirs.length !== own.length || theirs.some((holder, i) => holder !== own[i])) return null;
  const above = known.get(parent) ?? null;
  const drafts = bySpan.get(parent);
  return drafts === undefined ? above : { span: parent, drafts, above };
}

/** Those that enclose the span in time, nearest first; `more` where further ones were not looked at. */
function enclosingOf({ fact }: TraceSpan, above: Touching | null): { enclosing: Touching[]; more: boolean } {
  const found: Touching[] = [];
  let seen = 0;
  for (let at = above; at !== null; at = at.above) {
    if (++seen > ENCLOSING_MAX) return { enclosing: found, more: true };
    const { startUs, endUs } = at.span.fact;
    if (startUs <= fact.startUs && fact.startUs <= endUs) found.push(at);
  }
  return { enclosing: found, more: false };
}

/** The touch of an ancestor that this one restates; `covered` when it adds nothing but the host of another one. */
function enclosingTouch(
  span: TraceSpan,
  touch: TraceSpan['fact']['touches'][number],
  enclosing: readonly { drafts: readonly Draft[] }[],
): Draft | 'covered' | null {
  for (const { drafts } of enclosing) {
    for (const draft of drafts) {
      if (draft.action === touch.action && samePeer(draft.peer, touch.peer) && !tookOthers(span, draft)) return draft;
    }
  }
  if (RULE_LAYER(touch.rule) !== 'transport') return null;
  const host = reachedHost(span) || hostOf(touch.peer);
  const nearest = enclosing[0]?.drafts.filter((draft) => couldCarry(draft, host)) ?? [];
  if (nearest.length === 0) return null;
  return nearest.find((draft) => outward(draft.action) === outward(touch.action)) ?? 'covered';
}

/**
 * A consumer may fetch more from its queue while it processes: the two reads link to different messages. As one they would
 * be told of once, at the instant of either, and what was sent in between would follow from a read that nobody sees.
 */
function tookOthers({ fact }: TraceSpan, { peer, witnesses }: Draft): boolean {
  if (!peer.startsWith('queue:') || fact.links.length === 0) return false;
  const taken = new Set(witnesses.flatMap(({ span }) => span.fact.links.map(messageOf)));
  return taken.size > 0 && !fact.links.some((link) => taken.has(messageOf(link)));
}

const messageOf = ({ traceId, spanId }: SpanFact['links'][number]) => `${traceId}/${spanId}`;

const outward = (action: Action) => action === 'share' || action === 'write' || action === 'unknown';

/**
 * Whether a call of this kind may have travelled over HTTP or RPC to that host. Only what a span or a model's name says is
 * taken for the host of a call: the authority of a store may be a bucket, an account or a cluster id.
 */
function couldCarry({ peer, witnesses }: Draft, host: string): boolean {
  const rule = witnesses[0]?.rule ?? '';
  const reached = witnesses.map(({ span }) => reachedHost(span)).find((found) => found !== '');
  const named = peer.startsWith('model:') || peer.startsWith('recipient:') ? hostOf(peer) : '';
  const known = reached ?? named;
  switch (RULE_LAYER(rule)) {
    case 'declared':
      return known !== '' && sameHost(known, host);
    case 'queue':
      // A CONSUMER span encloses what is done with the message, not the call that fetched it.
      if (witnesses[0]?.span.fact.kind === 'consumer') return known !== '' && sameHost(known, host);
      return known === '' || host === '' || sameHost(known, host);
    case 'semantic':
    case 'store':
      return known === '' || host === '' || sameHost(known, host);
    default:
      return false;
  }
}

/** The outside host of a span. Where none is known, `recipientHost` may be the name of a provider, which is no host. */
function reachedHost({ fact }: TraceSpan): string {
  return isProviderName(fact.recipientHost) ? '' : fact.recipientHost;
}

function finished(draft: Draft): PhysicalTouch {
  const { peer, action, holders, witnesses } = draft;
  const facts = witnesses.map(({ span }) => span.fact);
  const outermost = facts[0]?.outcome ?? 'ok';
  const under = facts.slice(1).map(({ outcome }) => outcome);
  const counts = facts.map(({ recordCount }) => recordCount).filter((count) => count >= 0);
  // The innermost span that names a host spoke to it; a provider's name is better than nothing.
  const spoke =
    witnesses.findLast(({ span }) => reachedHost(span) !== '') ??
    witnesses.findLast(({ span }) => span.fact.recipientHost !== '');
  return {
    peer,
    action,
    holders,
    witnesses,
    refs: [...new Set(facts.flatMap((fact) => refsOf(fact, peer)))],
    outcome: outermost === 'ok' && under.length > 0 && !under.includes('ok') ? worst(under) : outermost,
    empty: counts.length > 0 && counts.every((count) => count === 0),
    host: spoke?.span.fact.recipientHost ?? '',
    country: facts.findLast(({ recipientCountry }) => recipientCountry !== '')?.recipientCountry ?? '',
  };
}

const worst = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.every((o) => o === 'no_effect') ? 'no_effect' : 'failed';

/** The record refs of a span that lie in this peer. A ref whose node the span did not touch is the peer's (ruling 25). */
export function refsOf(fact: SpanFact, peer: string): string[] {
  return fact.recordRefs.filter((ref) => {
    const node = ref.slice(0, Math.max(0, ref.lastIndexOf('#')));
    return node === peer || !fact.touches.some((touch) => touch.peer === node);
  });
}
