import { CONFIDENCES, type Confidence } from '@vestige/core/lineage/answer';
import { provProblems } from '@vestige/core/lineage/testing/prov-problems';
import type { Explained, Told, ToldFlow } from './ask.ts';
import type { Movement } from './ground-truth.ts';
import type { Simulated } from './organisation.ts';
import { Reasons } from './reasons.ts';
import type { SimPerson, SimSpan } from './span.ts';
import { Wrongs } from './why-wrong.ts';

export const KINDS = ['nodes', 'edges', 'residency', 'recipients'] as const;
export type Kind = (typeof KINDS)[number];

export interface Share {
  found: number;
  all: number;
}

/** 1 when there was nothing to find. */
export const fraction = ({ found, all }: Share): number => (all === 0 ? 1 : found / all);

/** Of what really happened and was told, how much the answers contain; of what they contain, how much happened. */
export class Measured {
  readonly recall: Record<Kind, Share> = { nodes: share(), edges: share(), residency: share(), recipients: share() };
  readonly precision = Object.fromEntries(
    KINDS.map((kind) => [kind, Object.fromEntries(CONFIDENCES.map((confidence) => [confidence, share()]))]),
  ) as Record<Kind, Record<Confidence, Share>>;
  /** What answers said although it did not happen, by confidence and reason. */
  readonly wrong = new Map<string, number>();
  /** What answers left out although it was told. */
  readonly missed: string[] = [];
  /** Flows whose cause came after them by more than the skew that they show. */
  againstTime = 0;
  /** Flows seen in spans that this tenant never sent. */
  crossTenant = 0;
  /** Reasons that do not hold when the rules are applied to the spans once more. */
  readonly faults: string[] = [];
  /** Spans that were lost, and the most that an answer says are missing; null where nobody counts. */
  readonly lostSpans: number;
  missingSpans: number | null = null;
  /** People of whom answers say that they are held where they no longer are. The other way round is missed residency. */
  heldButGone = 0;
  readonly #organisation: Simulated;
  readonly #reasons: Reasons;
  readonly #sent: ReadonlyMap<string, SimSpan>;
  /** Traces of which spans were lost: who did what in them is told in part. */
  readonly #gaps: ReadonlySet<string>;

  constructor(organisation: Simulated) {
    this.#organisation = organisation;
    this.#reasons = new Reasons(organisation);
    this.lostSpans = organisation.spans.filter(({ lost }) => lost).length;
    this.#gaps = new Set(organisation.spans.filter(({ lost }) => lost).map(({ traceId }) => traceId));
    this.#sent = new Map(organisation.spans.map((span) => [`${span.traceId} ${span.spanId}`, span]));
  }

  /** Compares one answer with what is true of the person. */
  add(person: SimPerson, answer: Told | null): void {
    const told = answer ?? NOTHING;
    const { truth } = this.#organisation;
    const movements = truth.of(person);
    const really = { ...whatMoved(movements), residency: truth.residency(person) };
    this.#findMissed(person, really, told);
    this.#findUnsaid(person, movements, told);
    this.#findWrong(really, movements, told);
    const recorded = (traceId: string, spanId: string) => spanId === '' || this.#sent.has(`${traceId} ${spanId}`);
    const byTrace = Map.groupBy(told.flows, ({ traceId }) => traceId);
    for (const flow of told.flows) {
      const { traceId, spanId, because, atUs, skewUs } = flow;
      if (because.atUs > atUs + skewUs) this.againstTime++;
      if (!recorded(traceId, spanId) || !recorded(because.traceId, because.spanId)) this.crossTenant++;
      this.#check(person, flow, byTrace);
    }
    if (told.prov !== null) this.faults.push(...provProblems(told.prov).map((problem) => `PROV-JSON: ${problem}`));
    if (told.missingSpans !== null) this.missingSpans = Math.max(this.missingSpans ?? 0, told.missingSpans);
  }

  /** The explanation of one edge of an answer: there is one, it names spans that were sent, and its rules hold. */
  explained(person: SimPerson, edge: string, { flows, spans }: Explained): void {
    if (flows.length === 0) this.faults.push(`${edge}: no reason at all`);
    const named = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
    for (const flow of flows) {
      this.#check(person, flow);
      for (const { traceId, spanId } of [flow, flow.because]) {
        const key = `${traceId} ${spanId}`;
        if (spanId !== '' && !named.has(key)) this.faults.push(`${edge}: a span that it names is not shown`);
        if (spanId !== '' && this.#sent.get(key)?.lost !== false)
          this.faults.push(`${edge}: it names a span never sent`);
      }
    }
  }

  /** @param byTrace all flows of the answer; absent where only some are at hand */
  #check(person: SimPerson, flow: ToldFlow, byTrace?: ReadonlyMap<string, readonly ToldFlow[]>): void {
    if (this.#gaps.has(flow.traceId) || this.#gaps.has(flow.because.traceId)) return;
    const fault =
      this.#reasons.fault(flow, person) ?? (byTrace ? this.#reasons.unfounded(flow, person, byTrace) : null);
    if (fault !== null) this.faults.push(`person ${person.number}, ${edgeOf(flow)} (${flow.traceId}): ${fault}`);
  }

  #findMissed(person: SimPerson, really: Really, told: Told): void {
    const said = {
      nodes: new Set(told.nodes.map(({ id }) => id)),
      edges: new Set(told.edges.filter(({ role }) => role === undefined).map(edgeOf)),
      residency: new Set(
        told.residency.filter(({ state }) => state === 'held' || state === 'unknown').map(({ store }) => store),
      ),
      recipients: new Set(told.recipients.map(recipientOf)),
    };
    for (const kind of KINDS) {
      for (const [thing, isTold] of really[kind]) {
        if (!isTold) continue;
        this.recall[kind].all++;
        if (said[kind].has(thing)) this.recall[kind].found++;
        else this.missed.push(`${kind} of person ${person.number}: ${thing}`);
      }
    }
  }

  /**
   * What a node, an edge or a name among recipients does not show: each told movement is a flow of its own trace or run,
   * recipients are told from the first disclosure to the last, and what was deleted for the person is not surely held.
   */
  #findUnsaid(person: SimPerson, movements: readonly Movement[], told: Told): void {
    const keyOf = (one: { traceId: string; from: string; to: string; action: string }) =>
      `${one.traceId} ${edgeOf(one)}`;
    const flows = new Set(told.flows.filter(({ actor }) => !actor).map(keyOf));
    const recipients = new Map(told.recipients.map((recipient) => [recipientOf(recipient), recipient]));
    for (const movement of movements) {
      // A rename is told by an event that names no run.
      if (!movement.told || (movement.spanId === '' && !movement.traceId.includes('-'))) continue;
      if (!flows.has(keyOf(movement))) this.missed.push(`movement of person ${person.number}: ${keyOf(movement)}`);
      const known = recipients.get(recipientOf({ party: movement.party, node: movement.to }));
      if (movement.party === '' || known === undefined) continue;
      const [firstUs, lastUs] = [known.firstDisclosed, known.lastDisclosed].map((at) => Date.parse(at) * 1000);
      if (movement.atUs < (firstUs ?? 0) - CLOCKS_US || movement.atUs > (lastUs ?? 0) + CLOCKS_US)
        this.missed.push(`time at which person ${person.number} was disclosed: ${keyOf(movement)}`);
    }
    for (const node of this.#organisation.truth.clearedOf(person)) {
      const row = told.residency.find(({ store }) => store === node);
      if (row?.state === 'held' && row.confidence === 'declared')
        this.faults.push(`person ${person.number} is held by ${node}, which deleted all of them`);
    }
  }

  /** Flows seen in broken traces are no claims: the answer says that spans are missing. */
  #findWrong(really: Really, movements: readonly Movement[], told: Told): void {
    const flows = told.flows.filter(({ actor, traceId }) => !actor && !this.#gaps.has(traceId));
    const wrongs = new Wrongs(told.flows, movements, this.#sent);
    const claim = (kind: Kind, confidence: Confidence, isRight: boolean, under: readonly ToldFlow[]) => {
      const counted = this.precision[kind][confidence];
      counted.all++;
      if (isRight) counted.found++;
      else {
        const reason = `${confidence} ${kind}: ${wrongs.why(under)}`;
        this.wrong.set(reason, (this.wrong.get(reason) ?? 0) + 1);
      }
    };
    for (const [edge, under] of Map.groupBy(flows, edgeOf)) {
      claim('edges', strongest(under), really.edges.has(edge), under);
    }
    const byNode = new Map<string, ToldFlow[]>();
    for (const flow of flows) {
      for (const node of [flow.from, flow.to]) {
        const known = byNode.get(node);
        if (known) known.push(flow);
        else byNode.set(node, [flow]);
      }
    }
    for (const [node, under] of byNode) claim('nodes', strongest(under), really.nodes.has(node), under);
    // What somebody did as an actor is no disclosure of their own data, and nothing of theirs rests anywhere (ruling 8).
    const isActedOnly = (node: string) =>
      !told.flows.some(({ actor, from, to }) => !actor && (from === node || to === node));
    for (const recipient of told.recipients) {
      const under = byNode.get(recipient.node)?.filter(({ to, action }) => to === recipient.node && action === 'share');
      if (under && under.length > 0) {
        claim('recipients', strongest(under), really.recipients.has(recipientOf(recipient)), under);
      } else if (isActedOnly(recipient.node)) claim('recipients', 'declared', false, []);
    }
    for (const { store, state, confidence } of told.residency) {
      const under = byNode.get(store);
      if (under) claim('residency', confidence, really.nodes.has(store), under);
      else if (isActedOnly(store)) claim('residency', 'declared', false, []);
      if (state === 'held' && really.nodes.has(store) && !really.residency.has(store)) this.heldButGone++;
    }
  }
}

function strongest(flows: readonly ToldFlow[]): Confidence {
  return CONFIDENCES.find((confidence) => flows.some((flow) => flow.confidence === confidence)) ?? 'possible';
}

type Really = Record<Kind, ReadonlyMap<string, boolean>>;

const NOTHING: Told = {
  nodes: [],
  edges: [],
  residency: [],
  recipients: [],
  flows: [],
  clocks: [],
  cutSpans: null,
  truncated: false,
  missingSpans: null,
  prov: null,
};

/** Clocks of services and of the truth differ by up to this, and a call takes a while. */
const CLOCKS_US = 500_000;

const share = (): Share => ({ found: 0, all: 0 });
const edgeOf = (one: { from: string; to: string; action: string }) => `${one.from} -> ${one.to}: ${one.action}`;
const recipientOf = ({ party, node }: { party: string; node: string }) => `${party} at ${node}`;

/** Each thing once, and whether any of its movements was told. */
function whatMoved(movements: readonly Movement[]): Record<Exclude<Kind, 'residency'>, Map<string, boolean>> {
  const found = {
    nodes: new Map<string, boolean>(),
    edges: new Map<string, boolean>(),
    recipients: new Map<string, boolean>(),
  };
  const mark = (map: Map<string, boolean>, key: string, told: boolean) => map.set(key, (map.get(key) ?? false) || told);
  for (const movement of movements) {
    const { from, to, party, told } = movement;
    mark(found.edges, edgeOf(movement), told);
    mark(found.nodes, from, told);
    mark(found.nodes, to, told);
    if (party !== '') mark(found.recipients, recipientOf({ party, node: to }), told);
  }
  return found;
}
