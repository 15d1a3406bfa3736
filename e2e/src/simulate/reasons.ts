import type { ToldFlow } from './ask.ts';
import type { Simulated } from './organisation.ts';
import type { SimPerson, SimSpan } from './span.ts';

/**
 * Looks once more at why a flow is drawn, from the rules as design 04 has them and from the spans as they were sent:
 * without the recognisers, the closure, or anything else of the code under test. What an operation did it has from the
 * organisation itself (`SimSpan.did`).
 */
export class Reasons {
  readonly #spans: ReadonlyMap<string, SimSpan>;
  readonly #traces: ReadonlyMap<string, readonly SimSpan[]>;
  /** Turns by conversation. */
  readonly #turns: ReadonlyMap<string, readonly SimSpan[]>;
  readonly #sets: ReadonlyMap<string, readonly SimPerson[]>;
  readonly #runs: ReadonlyMap<string, readonly RunTold[]>;

  constructor({ spans, sets, events }: Simulated) {
    const sent = spans.filter(({ lost }) => !lost);
    this.#spans = new Map(sent.map((span) => [keyOf(span), span]));
    this.#traces = Map.groupBy(sent, ({ traceId }) => traceId);
    this.#turns = Map.groupBy(sent, conversationOf);
    this.#sets = new Map(sets.map(({ id, people }) => [id, people]));
    this.#runs = Map.groupBy(events as readonly RunTold[], (event) => event.run?.runId ?? '');
  }

  /** What is wrong with the reason; null when its rule holds between spans that exist. */
  fault(flow: ToldFlow, person: SimPerson): string | null {
    const { because } = flow;
    if (because.atUs > flow.atUs + flow.skewUs) return 'the cause comes after what it caused';
    if (flow.skewUs > SKEW_US) return 'more skew than is tolerated';
    if (because.rule === 7) return this.#jobHolds(flow) ? null : 'no run of that job read or wrote it then';
    const seen = this.#spans.get(keyOf(flow));
    const cause = this.#spans.get(keyOf(because));
    if (!seen || !cause) return 'a span that it names was never sent';
    const time = this.#timeHolds(flow, seen, cause);
    if (time !== null) return time;
    const caller = flow.rule === 'call' || flow.rule === 'return' ? this.#parent(seen) : undefined;
    const isNamed = caller !== undefined && isDeclaration(caller) && this.#ownTags(caller, person);
    if (this.#declaresOthers(seen, person, flow.actor) && !isNamed)
      return 'the span declares others, and nobody else is on it';
    if (because.rule !== 1 && flow.confidence !== 'inferred' && flow.confidence !== 'possible')
      return `rule ${because.rule} makes nothing ${flow.confidence}`;
    const isSame = seen === cause;
    switch (because.rule) {
      case 1:
        return this.#tagHolds(flow, seen, cause, person);
      case 2:
        if (!this.#isHolder(flow.from, cause)) return 'rule 2: somebody else read it';
        // Of a call it is the caller's clock that counts, and the span that tells of it may be the callee's.
        return cause.ended === 'ok' && comesIn(cause) && cause.endUs <= seen.endUs + flow.skewUs + RESOLUTION_US
          ? null
          : 'rule 2: no read before';
      case 3: {
        if (isSame && flow.action === 'receive' && did(seen, 'share', flow.from)) return null;
        const isCall = this.#isEntry(cause);
        const isSide = this.#isHolder(flow.from, cause) || this.#callers(cause).includes(flow.from);
        return isCall && isSide ? null : 'rule 3: no call that started or returned';
      }
      case 4:
        if (this.#links(seen, cause) || (this.#isHolder(flow.from, cause) && this.#isReceiver(cause))) return null;
        return 'rule 4: no message between the two';
      case 5:
        if (cause.ended === 'failed' && !comesIn(cause) && flow.confidence !== 'possible')
          return 'rule 5: of a failed write nothing is sure';
        return this.#sharesRecord(seen, cause, person) ? null : 'rule 5: no record in common';
      case 6:
        return this.#continues(flow, seen, cause) ? null : 'rule 6: no memory or conversation in common';
    }
  }

  /**
   * That what a flow follows from is itself told of the person: somebody named them, or they had come in from elsewhere, by
   * then. Every flow of an answer so leads back to a tag.
   *
   * @param flows all of the same answer
   */
  unfounded(flow: ToldFlow, person: SimPerson, flows: ReadonlyMap<string, readonly ToldFlow[]>): string | null {
    const { because } = flow;
    const cause = this.#spans.get(keyOf(because));
    if (because.rule === 1 || !cause) return null;
    const ofCause = (flows.get(because.traceId) ?? []).filter(({ spanId }) => spanId === because.spanId);
    const goesOut = ofCause.some(({ action }) => action === 'write' || action === 'share');
    const isDeclared = isDeclaration(cause) && this.#names(cause, person, flow.actor);
    if (because.rule === 7) return ofCause.length > 0 ? null : 'rule 7: nothing of the person was seen there';
    if (because.rule === 5) return goesOut || isDeclared ? null : 'rule 5: nothing of the person was put there';
    if (because.rule === 2) {
      const cameIn = ofCause.some(({ action }) => action === 'read' || action === 'receive');
      return cameIn ? null : 'rule 2: the read brought nothing of the person';
    }
    if (goesOut || this.#entered(because.traceId, because.atUs, person, flow.actor, flows)) return null;
    return `rule ${because.rule}: nothing of the person had come there`;
  }

  /** By that instant a span of the trace names the person, or brought them in from elsewhere. */
  #entered(
    traceId: string,
    atUs: number,
    person: SimPerson,
    actor: boolean,
    flows: ReadonlyMap<string, readonly ToldFlow[]>,
    seen: ReadonlySet<string> = new Set(),
  ): boolean {
    const byUs = atUs + SKEW_US + RESOLUTION_US;
    const spans = this.#traces.get(traceId) ?? [];
    if (spans.some((span) => span.startUs <= byUs && this.#names(span, person, actor))) return true;
    const own = flows.get(traceId) ?? [];
    // What the trace itself put into a record or memory, made from records of others, comes in when it is read back.
    const isFromElsewhere = ({ because }: ToldFlow) => because.traceId !== traceId || because.rule === 5;
    const isReadBack = ({ because: { rule, spanId } }: ToldFlow) =>
      rule === 6 && own.some((put) => put.spanId === spanId && put.action === 'write' && isFromElsewhere(put));
    const cameIn = (one: ToldFlow) =>
      (isFromElsewhere(one) || isReadBack(one)) && one.actor === actor && one.atUs <= byUs && one.action !== 'write';
    if (own.some(cameIn)) return true;
    // Within one agent a conversation goes on without a flow.
    const before = new Set([...seen, traceId]);
    return spans.some(
      (span) =>
        conversationOf(span) !== '' &&
        span.startUs <= byUs &&
        this.#turns
          .get(conversationOf(span))
          ?.some(
            (turn) =>
              !before.has(turn.traceId) &&
              turn.endUs <= span.startUs + SKEW_US + RESOLUTION_US &&
              this.#entered(turn.traceId, turn.endUs, person, actor, flows, before),
          ),
    );
  }

  /** The flow happens while its span, or the call around it, runs; the cause at an instant that its rule names. */
  #timeHolds(flow: ToldFlow, seen: SimSpan, cause: SimSpan): string | null {
    const around = this.#parent(seen);
    const firstUs = Math.min(seen.startUs, around?.startUs ?? seen.startUs);
    const lastUs = Math.max(seen.endUs, around?.endUs ?? seen.endUs) + RESOLUTION_US;
    // Instants of the API are cut to the millisecond.
    if (flow.atUs < firstUs || flow.atUs > lastUs + RESOLUTION_US) return 'it happens when its span did not run';
    const { rule, atUs } = flow.because;
    const is = (instantUs: number | undefined) =>
      instantUs !== undefined && atUs <= instantUs && atUs > instantUs - RESOLUTION_US;
    const isFromStart = atUs > cause.startUs - RESOLUTION_US && atUs <= cause.startUs + SKEW_US + RESOLUTION_US;
    const holds = {
      1: is(cause.startUs),
      2: is(cause.endUs),
      3: isFromStart || is(cause.endUs) || is(this.#parent(cause)?.endUs),
      4: isFromStart || is(cause.endUs),
      5: is(cause.startUs),
      6: is(cause.startUs) || is(cause.endUs),
      7: true,
    }[rule];
    return holds ? null : `rule ${rule}: the cause does not happen then`;
  }

  /** Ruling 6. Who only acted leaves open whose data it was. */
  #declaresOthers(span: SimSpan, person: SimPerson, actor: boolean): boolean {
    if (!isDeclaration(span) || span.attributes['vestige.subject.role'] === 'actor') return false;
    return !this.#ownTags(span, person) || actor;
  }

  /** Rule 1: the cause names the person, and is the span itself, above it, or an earlier one of whoever sent it. */
  #tagHolds(flow: ToldFlow, seen: SimSpan, cause: SimSpan, person: SimPerson): string | null {
    const own = this.#names(cause, person, flow.actor);
    if (flow.confidence === 'declared')
      return cause === seen && own && isDeclaration(cause) ? null : 'rule 1: the span declares nothing of the person';
    if (!own && !this.#ancestors(cause).some((span) => this.#names(span, person, flow.actor)))
      return 'rule 1: nobody named the person';
    const isAbove = cause === seen || this.#ancestors(seen).includes(cause);
    if (flow.confidence === 'ambient') return isAbove ? null : 'rule 1: the tagged span is not above';
    // A write that may have failed is possible, however it was tagged (ruling 13).
    if (flow.confidence === 'possible' && isAbove && seen.ended === 'failed') return null;
    // Whoever sent it had handled the data in a tagged span; or the callee names the person, and so its caller passed them.
    const isSide = this.#isHolder(flow.from, cause) || this.#callers(cause).includes(flow.from);
    return isSide && cause.startUs <= seen.endUs + SKEW_US + RESOLUTION_US ? null : 'rule 1: somebody else was tagged';
  }

  #names(span: SimSpan, person: SimPerson, actor = false): boolean {
    if ((span.attributes['vestige.subject.role'] === 'actor') !== actor) return false;
    return this.#ownTags(span, person) || span.links.some(({ tokens }) => tokens.includes(person.token));
  }

  #ownTags(span: SimSpan, person: SimPerson): boolean {
    const tokens = span.attributes['vestige.subject.tokens'];
    const set = this.#sets.get(String(span.attributes['vestige.subject.set'] ?? ''));
    return (Array.isArray(tokens) && tokens.includes(person.token)) || (set?.includes(person) ?? false);
  }

  #ancestors(span: SimSpan): SimSpan[] {
    const found: SimSpan[] = [];
    for (let at = this.#parent(span); at !== undefined; at = this.#parent(at)) found.push(at);
    return found;
  }

  #parent(span: SimSpan): SimSpan | undefined {
    return span.parentId === '' ? undefined : this.#spans.get(`${span.traceId} ${span.parentId}`);
  }

  /** Nearest agent, tool or workflow at or above; else the owner that was stamped; else the service (design 04). */
  #holder(span: SimSpan): string {
    const service = `service:${span.service.name}`;
    for (const at of [span, ...this.#ancestors(span)]) {
      if (at.service !== span.service) return service;
      const own = selfOf(at);
      if (own !== null) return own;
      if (at.kind === 'server' || at.kind === 'consumer') return service;
      const owner = at.attributes['vestige.owner'];
      if (typeof owner === 'string' && at.parentId === '') return owner;
    }
    return service;
  }

  #isHolder(node: string, span: SimSpan): boolean {
    return this.#holder(span) === node;
  }

  /** Who runs what an execution was started from. */
  #callers(entry: SimSpan): string[] {
    const above = this.#parent(entry);
    const owner = entry.attributes['vestige.owner'];
    if (above) return [this.#holder(above)];
    return typeof owner === 'string' ? [owner] : [];
  }

  #isEntry(span: SimSpan): boolean {
    return (
      selfOf(span) !== null ||
      span.kind === 'server' ||
      span.kind === 'consumer' ||
      this.#parent(span)?.service !== span.service
    );
  }

  #links(seen: SimSpan, cause: SimSpan): boolean {
    const linked = seen.links.some((link) => keyOf(link) === keyOf(cause));
    const isSent = did(cause, 'write', seen.did.find(({ action }) => action === 'read')?.node ?? '-');
    return isSent && (linked || seen.parentId === cause.spanId);
  }

  #isReceiver(span: SimSpan): boolean {
    return span.links.length > 0 || this.#parent(span)?.kind === 'producer';
  }

  /** Rule 5: the cause wrote the record, or declared that it is the person's, before the other had read it. */
  #sharesRecord(seen: SimSpan, cause: SimSpan, person: SimPerson): boolean {
    const refs = (span: SimSpan, key: string) => (span.attributes[key] ?? []) as readonly string[];
    const told = refs(cause, 'vestige.record.refs');
    const used = [...refs(seen, 'vestige.record.refs'), ...refs(seen, 'vestige.derived_from')];
    const puts = cause.did.some(({ action }) => action === 'write');
    const proves = this.#names(cause, person) && isDeclaration(cause);
    return (
      told.some((ref) => used.includes(ref)) &&
      (puts || proves) &&
      cause.startUs <= seen.endUs + SKEW_US + RESOLUTION_US
    );
  }

  /** Rule 6: a memory written before, an earlier turn of the same conversation, or the turn that began with its history. */
  #continues(flow: ToldFlow, seen: SimSpan, cause: SimSpan): boolean {
    const memory = cause.did.find(({ action, node }) => action === 'write' && node.startsWith('memory:'));
    if (memory && did(seen, 'read', memory.node)) return true;
    const conversation = cause.attributes['gen_ai.conversation.id'];
    if (conversation === undefined) return false;
    const isTurn = seen.attributes['gen_ai.conversation.id'] === conversation;
    const isLater = cause.endUs <= seen.startUs + SKEW_US + RESOLUTION_US;
    return (isTurn && isLater && this.#isHolder(flow.from, cause)) || this.#isHolder(flow.from, cause);
  }

  /** Rule 7: the run read or wrote the dataset, and the cause had put the person there, or was a run that did. */
  #jobHolds({ from, to, traceId, because }: ToldFlow): boolean {
    const cause = this.#spans.get(keyOf(because));
    const touches = cause?.did.some(({ node }) => node === from) ?? false;
    if (because.spanId !== '') return touches && this.#named(traceId, from, to);
    return this.#named(traceId, from, to) && (because.traceId === traceId || this.#writes(because.traceId, from));
  }

  #named(runId: string, from: string, to: string): boolean {
    const told = this.#runs.get(runId);
    // A dataset event has no run; its key is ours.
    if (!told)
      return this.#runs.get('')?.some(({ dataset }) => dataset !== undefined && nameOf(dataset) === to) ?? false;
    const job = `job:${told[0]?.job?.namespace}/${told[0]?.job?.name}`;
    const names = (side: readonly Dataset[] | undefined, node: string) =>
      side?.some((one) => nameOf(one) === node) ?? false;
    if (to === job) return told.some(({ inputs }) => names(inputs, from));
    return from === job && told.some(({ outputs }) => names(outputs, to));
  }

  #writes(runId: string, node: string): boolean {
    const told = this.#runs.get(runId) ?? this.#runs.get('') ?? [];
    return told.some(
      ({ outputs, dataset }) => outputs?.some((one) => nameOf(one) === node) || (dataset && nameOf(dataset) === node),
    );
  }
}

interface Dataset {
  readonly namespace: string;
  readonly name: string;
}

interface RunTold {
  readonly run?: { readonly runId: string };
  readonly job?: Dataset;
  readonly inputs?: readonly Dataset[];
  readonly outputs?: readonly Dataset[];
  readonly dataset?: Dataset;
}

/** Ruling 11. */
const SKEW_US = 100_000;
/** Of clocks that tell whole milliseconds. */
const RESOLUTION_US = 1_000;

const isDeclaration = ({ attributes }: SimSpan) => attributes['vestige.subject.attribution'] === 'declared';
const conversationOf = ({ attributes }: SimSpan) => String(attributes['gen_ai.conversation.id'] ?? '');
const keyOf = ({ traceId, spanId }: { traceId: string; spanId: string }) => `${traceId} ${spanId}`;
const nameOf = ({ namespace, name }: Dataset) => `store:${namespace}/${name}`;
const comesIn = (span: SimSpan) => span.did.some(({ action }) => action === 'read' || action === 'receive');
const did = (span: SimSpan, action: string, node: string) =>
  span.did.some((one) => one.action === action && one.node === node);

function selfOf({ attributes, service }: SimSpan): string | null {
  for (const kind of ['agent', 'tool', 'workflow'] as const) {
    const name = attributes[`gen_ai.${kind}.name`];
    if (typeof name === 'string') return `${kind}:${service.name}/${name}`;
  }
  return null;
}
