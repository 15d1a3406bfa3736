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
  readonly #sets: ReadonlyMap<string, readonly SimPerson[]>;
  readonly #runs: ReadonlyMap<string, readonly RunTold[]>;

  constructor({ spans, sets, events }: Simulated) {
    this.#spans = new Map(spans.filter(({ lost }) => !lost).map((span) => [keyOf(span), span]));
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
    const isSame = seen === cause;
    switch (because.rule) {
      case 1:
        return this.#tagHolds(flow, seen, cause, person);
      case 2:
        if (!this.#isHolder(flow.from, cause)) return 'rule 2: somebody else read it';
        return cause.ended === 'ok' && comesIn(cause) && cause.endUs <= seen.endUs + RESOLUTION_US
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
        return this.#sharesRecord(seen, cause, person) ? null : 'rule 5: no record in common';
      case 6:
        return this.#continues(flow, seen, cause) ? null : 'rule 6: no memory or conversation in common';
    }
  }

  /** Rule 1: the cause names the person, and is the span itself, above it, or an earlier one of whoever sent it. */
  #tagHolds(flow: ToldFlow, seen: SimSpan, cause: SimSpan, person: SimPerson): string | null {
    const own = this.#names(cause, person);
    if (flow.confidence === 'declared') {
      const isDeclared = cause.attributes['vestige.subject.attribution'] === 'declared';
      return cause === seen && own && isDeclared ? null : 'rule 1: the span declares nothing of the person';
    }
    if (!own && !this.#ancestors(cause).some((span) => this.#names(span, person)))
      return 'rule 1: nobody named the person';
    const isAbove = cause === seen || this.#ancestors(seen).includes(cause);
    if (flow.confidence === 'ambient') return isAbove ? null : 'rule 1: the tagged span is not above';
    // A write that may have failed is possible, however it was tagged (ruling 13).
    if (flow.confidence === 'possible' && isAbove && seen.ended === 'failed') return null;
    // Whoever sent it had handled the data in a tagged span; or the callee names the person, and so its caller passed them.
    const isSide = this.#isHolder(flow.from, cause) || this.#callers(cause).includes(flow.from);
    return isSide && cause.startUs <= seen.endUs + SKEW_US + RESOLUTION_US ? null : 'rule 1: somebody else was tagged';
  }

  #names(span: SimSpan, person: SimPerson): boolean {
    if (span.attributes['vestige.subject.role'] === 'actor') return false;
    const tokens = span.attributes['vestige.subject.tokens'];
    const set = this.#sets.get(String(span.attributes['vestige.subject.set'] ?? ''));
    const isTagged = Array.isArray(tokens) && tokens.includes(person.token);
    return (
      isTagged || (set?.includes(person) ?? false) || span.links.some(({ tokens }) => tokens.includes(person.token))
    );
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
    const proves = this.#names(cause, person) && cause.attributes['vestige.subject.attribution'] === 'declared';
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
