import type { SpanFact } from '../facts.ts';
import type { Flow } from '../flow.ts';
import type { World } from './world.ts';

/** Ruling 11, and the coarsest clock. */
const SKEW_US = 100_000;
const RESOLUTION_US = 999;

/**
 * Looks at one flow with nothing but the spans that it names, and says what is wrong with its reason; null when its rule
 * holds between them. Written from the rules alone: nothing of the closure is used, so that no error is checked by itself.
 */
export function faultOf(flow: Flow, flows: readonly Flow[], world: World): string | null {
  const { because } = flow;
  if (because.atUs > flow.atUs + flow.skewUs) return 'the cause comes after what it caused';
  if (flow.rule === 'job') return holdsForRun(flow, flows, world) ? null : 'no run of the job did that then';
  const seen = spanOf(world, flow);
  const cause = spanOf(world, because);
  if (!seen || !cause) return 'a span that it names is not there';
  if (!ranAt(flow, seen, world)) return 'it happens when its span did not run';
  if (!causedAt(flow, cause, world)) return `rule ${because.rule}: the cause does not happen then`;
  if (declaresOthers(seen, flow, world)) return 'the span declares others, and nobody else is on it';
  if (because.rule !== 1 && (flow.confidence === 'declared' || flow.confidence === 'ambient'))
    return `rule ${because.rule} makes nothing ${flow.confidence}`;
  if (seen.requestId !== '' || cause.requestId !== '') return 'our own work is no flow';
  return ruleHolds(flow, flows, world, seen, cause) ? null : `rule ${because.rule} does not hold`;
}

function ruleHolds(flow: Flow, flows: readonly Flow[], world: World, seen: SpanFact, cause: SpanFact): boolean {
  const { because } = flow;
  const sender = mayRun(cause, world).has(flow.from);
  const told = flows.filter(
    ({ traceId, spanId, actor }) => actor === flow.actor && traceId === cause.traceId && spanId === cause.spanId,
  );
  const wentOut = told.some(({ action }) => action === 'write' || action === 'share' || action === 'unknown');
  const isDeclared = cause.attribution === 'declared' && isTagged(cause, flow, world);
  const sharesRef = cause.recordRefs.some((ref) => seen.recordRefs.includes(ref) || seen.derivedFrom.includes(ref));
  switch (because.rule) {
    case 1: {
      if (flow.confidence === 'declared') return cause === seen && isDeclared;
      if (ancestry(seen, world).has(cause) && isTagged(cause, flow, world)) return true;
      if (flow.confidence === 'ambient') return false;
      const isNamed = [...ancestry(cause, world)].some((span) => isTagged(span, flow, world));
      return sender && isNamed && cause.startUs <= seen.endUs + SKEW_US + RESOLUTION_US;
    }
    case 2:
      return told.some(
        ({ to, action, from, rule }) =>
          rule !== 'call' && (to === flow.from || (action === 'unknown' && from === flow.from)),
      );
    case 3: {
      const parent = spanOf(world, { traceId: cause.traceId, spanId: cause.parentId });
      // The answer to a call that went to somebody outside: what the call shared comes back from the same peer.
      const shared = cause.touches.some(({ action }) => action === 'share');
      if (flow.action === 'receive' && shared && ancestry(cause, world).has(seen)) return true;
      const callers = parent ? mayRun(parent, world) : new Set([cause.owner]);
      return (sender || callers.has(flow.from) || cause.owner === flow.from) && entered(flow, flows, world);
    }
    case 4: {
      const linked = seen.links.some(({ traceId, spanId }) => traceId === cause.traceId && spanId === cause.spanId);
      const isReceiver = cause.links.length > 0 || spanOf(world, { ...cause, spanId: cause.parentId }) !== undefined;
      // Its producer is above it, or is told by the owner that was stamped where the nesting was lost.
      const isUnder = seen.parentId === cause.spanId || (cause === seen && seen.owner !== '');
      return (linked || isUnder || (isReceiver && sender)) && entered(flow, flows, world);
    }
    case 5:
      return sharesRef && (wentOut || isDeclared);
    case 6: {
      const memory = cause.touches.some(
        ({ peer }) => peer.startsWith('memory:') && seen.touches.some((touch) => touch.peer === peer),
      );
      if (memory && wentOut) return true;
      return cause.conversation !== '' && sender && entered(flow, flows, world);
    }
    case 7:
      return false;
  }
}

/** Each flow leads back to a tag: by the instant of its cause somebody in that trace names the person, or they had come in. */
function entered({ because, actor }: Flow, flows: readonly Flow[], world: World): boolean {
  const byUs = because.atUs + SKEW_US + RESOLUTION_US;
  const named = (traceId: string, atUs: number) =>
    world.spans.some((span) => span.traceId === traceId && span.startUs <= atUs && isTagged(span, { actor }, world));
  if (named(because.traceId, byUs)) return true;
  const came = ({ traceId, because: of, atUs, actor: as }: Flow) =>
    traceId === because.traceId && of.traceId !== traceId && as === actor && atUs <= byUs;
  if (flows.some(came)) return true;
  // A message without a queue on its spans came all the same, and within one agent a conversation goes on without a flow.
  const isLinked = world.spans.some(
    ({ traceId, startUs, links }) =>
      traceId === because.traceId &&
      startUs <= byUs &&
      links.some((link) => named(link.traceId, byUs) || flows.some((one) => one.traceId === link.traceId)),
  );
  if (isLinked) return true;
  const talks = world.spans.filter(({ traceId, conversation }) => traceId === because.traceId && conversation !== '');
  return world.spans.some(
    ({ traceId, conversation, endUs }) =>
      traceId !== because.traceId &&
      talks.some((turn) => turn.conversation === conversation && endUs <= turn.endUs + SKEW_US + RESOLUTION_US),
  );
}

/** What runs may name themselves: executions around the span, owners that were stamped, services. */
function mayRun(span: SpanFact, world: World): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { self, owner, service } of ancestry(span, world)) {
    for (const name of [self, owner, service]) if (name !== '') names.add(name);
    // What runs in an agent, or under the entry of another service, is not run by whoever is above it.
    if (self !== '') break;
  }
  return names;
}

/** The span and those above it, nearest first. */
function ancestry(span: SpanFact, world: World): ReadonlySet<SpanFact> {
  const found = new Set<SpanFact>();
  for (let at: SpanFact | undefined = span; at !== undefined && !found.has(at); ) {
    found.add(at);
    at = spanOf(world, { traceId: at.traceId, spanId: at.parentId });
  }
  return found;
}

const spanOf = ({ spans }: World, { traceId, spanId }: { traceId: string; spanId: string }) =>
  spans.find((span) => span.traceId === traceId && span.spanId === spanId);

function isTagged(span: SpanFact, { actor }: Pick<Flow, 'actor'>, { tags }: World): boolean {
  return tags.some(
    ({ traceId, spanId, role }) => traceId === span.traceId && spanId === span.spanId && (role === 'actor') === actor,
  );
}

/** Ruling 6. To declare who acted says nothing of whose data it was. A call has two spans, and either may name the person. */
function declaresOthers(span: SpanFact, flow: Flow, world: World): boolean {
  if (span.attribution !== 'declared' || span.role === 'actor') return false;
  const names = ({ traceId, spanId }: SpanFact) =>
    world.tags.some(
      (tag) =>
        tag.traceId === traceId && tag.spanId === spanId && !tag.viaLink && (tag.role === 'actor') === flow.actor,
    );
  const isCall = flow.rule === 'call' || flow.rule === 'return';
  return ![...ancestry(span, world)].slice(0, isCall ? 2 : 1).some(names);
}

/** The span, or the call around it: what a callee's span tells happens while the caller's ran. */
function ranAt({ atUs }: Flow, seen: SpanFact, world: World): boolean {
  const around = spanOf(world, { traceId: seen.traceId, spanId: seen.parentId }) ?? seen;
  return (
    atUs >= Math.min(seen.startUs, around.startUs) && atUs <= Math.max(seen.endUs, around.endUs) + 2 * RESOLUTION_US
  );
}

/** An instant at which the rule lets data move. */
function causedAt({ because: { rule, atUs } }: Flow, cause: SpanFact, world: World): boolean {
  const above = spanOf(world, { traceId: cause.traceId, spanId: cause.parentId });
  const fromStart = atUs >= cause.startUs && atUs <= cause.startUs + SKEW_US + RESOLUTION_US;
  switch (rule) {
    case 1:
    case 5:
      return atUs === cause.startUs;
    case 2:
      return atUs === cause.endUs;
    case 3:
      return fromStart || atUs === cause.endUs || atUs === above?.endUs;
    case 4:
      return fromStart || atUs === cause.endUs;
    case 6:
      return atUs === cause.startUs || atUs === cause.endUs;
    case 7:
      return true;
  }
}

/** Rule 7: the run read what the cause had filled, or wrote what it had read; never before it began, nor from itself. */
function holdsForRun(flow: Flow, flows: readonly Flow[], { datasets, spans }: World): boolean {
  const { because, traceId, from, to, atUs, skewUs } = flow;
  const edges = datasets.filter(({ runId }) => runId === traceId);
  const isRead = edges.some(({ input, job }) => input === from && (to === job || job === ''));
  const isWrite = edges.some(({ output, job }) => output === to && (from === job || job === ''));
  if (edges.some(({ statesPerson }) => statesPerson === false) && !edges.some(({ statesPerson }) => statesPerson))
    return false;
  const first = Math.min(...edges.map(({ startUs }) => startUs));
  const last = Math.max(...edges.map(({ endUs }) => endUs));
  if (!(isRead || isWrite) || atUs < first || atUs > last + skewUs + SKEW_US) return false;
  const ownRun = because.spanId === '' && because.traceId === traceId;
  if (ownRun) return isWrite && flows.some((one) => one.traceId === traceId && one.action === 'read');
  // A run that wrote a dataset again in place has no flow of its own, and kept there what it held.
  const rewrote = datasets.some(
    ({ runId, input, output }) =>
      because.spanId === '' && runId === because.traceId && input === from && output === from,
  );
  const ofCause = rewrote || flows.some((one) => one.traceId === because.traceId && one.spanId === because.spanId);
  const isPut = because.spanId === '' || spans.some((span) => touchesOf(span, because).includes(from));
  return isRead && ofCause && isPut;
}

function touchesOf(span: SpanFact, { traceId, spanId }: { traceId: string; spanId: string }): string[] {
  return span.traceId === traceId && span.spanId === spanId ? span.touches.map(({ peer }) => peer) : [];
}
