import type { LineageAnswer, LineageNode } from './answer.ts';
import { compareText, type Flow } from './flow.ts';
import { isoOfUs } from './time.ts';
import { rests } from './trace-state.ts';

/** A PROV-JSON document (W3C Member Submission of 24 April 2013): maps from id to record. */
export type ProvDocument = Readonly<Record<string, Readonly<Record<string, ProvRecord>>>> & {
  readonly prefix: Readonly<Record<string, string>>;
};
type ProvRecord = Readonly<Record<string, unknown>> | string;

const PREFIX = { v: 'urn:vestige:lineage:' };
const qualified = (name: string) => ({ $: name, type: 'xsd:QName' });

/**
 * The answer for tools that know PROV: data at a node is an entity, a span or job run that moved it an activity, whoever
 * acts an agent, the party behind it an organisation it acts for. A flow is: the activity used what had come to its start
 * and generated what is at its end from then on, which derives from it.
 *
 * What each flow brings is an entity of its own, a specialization of the data at its node: were it the same one, an agent
 * that asks a tool and is answered would be derived from itself, which PROV-CONSTRAINTS forbids (constraint 42), and
 * everything at a node would have come at once (constraint 39).
 *
 * Ids are numbers within the document, because node ids hold characters that a qualified name may not; the node id is the
 * label. `wasEndedBy` is not written: the schema of the Submission misspells it and allows nothing else.
 *
 * @param flows of the same answer
 */
export function provOf(answer: LineageAnswer, flows: readonly Flow[]): ProvDocument {
  const entities = new Map(answer.nodes.map((node, i) => [node.id, `v:data${i}`]));
  const agents = new Map(
    answer.nodes.flatMap((node, i) => (rests(node.id) ? [] : [[node.id, `v:agent${i}`] as const])),
  );
  const activities = activitiesOf(flows);
  const prov = new ProvMaps();
  const arrivals = new Arrivals();

  for (const node of answer.nodes) {
    prov.put('entity', entities.get(node.id) ?? '', entityOf(answer.subjectId, node));
    const agent = agents.get(node.id);
    if (agent)
      prov.put('agent', agent, {
        'prov:type': qualified('prov:SoftwareAgent'),
        'prov:label': node.id,
        'v:kind': node.kind,
      });
    if (!node.party) continue;
    const party = `v:party-${encodeURIComponent(node.party.id).replaceAll('%', '-')}`;
    prov.put('agent', party, {
      'prov:type': qualified('prov:Organization'),
      'prov:label': node.party.legalName,
      'v:role': node.party.role,
      ...(node.party.country === null ? {} : { 'v:country': node.party.country }),
    });
    if (agent) prov.relate('actedOnBehalfOf', { 'prov:delegate': agent, 'prov:responsible': party });
    else prov.relate('wasAttributedTo', { 'prov:entity': entities.get(node.id), 'prov:agent': party });
  }
  for (const [id, { fromUs, toUs, label }] of activities.values()) {
    prov.put('activity', id, { 'prov:startTime': isoOfUs(fromUs), 'prov:endTime': isoOfUs(toUs), 'prov:label': label });
  }
  for (const flow of flows) {
    const activity = activities.get(`${flow.traceId}/${flow.spanId}`)?.[0];
    const generatedAt = entities.get(flow.to);
    const usedAt = entities.get(flow.from);
    if (!activity || !usedAt || !generatedAt) continue;
    for (const node of [flow.from, flow.to]) {
      const agent = agents.get(node);
      if (agent) prov.relate('wasAssociatedWith', { 'prov:activity': activity, 'prov:agent': agent });
    }
    // A delete moves nothing: the activity only touched what was there.
    const isDelete = flow.action === 'delete';
    const used = arrivals.cause(isDelete ? { ...flow, from: flow.to } : flow) ?? (isDelete ? generatedAt : usedAt);
    prov.relate('used', { 'prov:activity': activity, 'prov:entity': used });
    if (isDelete) continue;
    const generated = arrivals.arrive(flow);
    prov.put('entity', generated, { 'prov:label': flow.to, 'v:subject': answer.subjectId });
    prov.relate('specializationOf', { 'prov:specificEntity': generated, 'prov:generalEntity': generatedAt });
    prov.relate('wasGeneratedBy', {
      'prov:entity': generated,
      'prov:activity': activity,
      'prov:time': isoOfUs(flow.atUs),
    });
    prov.relate('wasDerivedFrom', {
      'prov:generatedEntity': generated,
      'prov:usedEntity': used,
      'prov:activity': activity,
      'v:action': flow.action,
      'v:confidence': flow.confidence,
      'v:rule': flow.rule,
    });
  }
  return { prefix: PREFIX, ...prov.maps() };
}

function entityOf(subjectId: string, node: LineageNode): ProvRecord {
  return {
    'prov:label': node.id,
    'v:subject': subjectId,
    'v:kind': node.kind,
    ...(node.categories.length === 0 ? {} : { 'v:data_category': node.categories }),
    ...(node.purposes.length === 0 ? {} : { 'v:data_use': node.purposes }),
  };
}

type Activity = [id: string, { fromUs: number; toUs: number; label: string }];

function activitiesOf(flows: readonly Flow[]): Map<string, Activity> {
  const found = new Map<string, Activity>();
  for (const { traceId, spanId, atUs, rule } of flows) {
    const key = `${traceId}/${spanId}`;
    const known = found.get(key)?.[1];
    if (known) {
      known.fromUs = Math.min(known.fromUs, atUs);
      known.toUs = Math.max(known.toUs, atUs);
      continue;
    }
    // Run ids are the caller's text: only a span's hexadecimal ids go into a name.
    const id = spanId === '' ? `v:run${found.size}` : `v:span-${traceId}-${spanId}`;
    found.set(key, [id, { fromUs: atUs, toUs: atUs, label: spanId === '' ? traceId : rule }]);
  }
  return found;
}

/** What came to each node, and by which activity. Told in time order, so that nothing derives from what came later. */
class Arrivals {
  readonly #newest = new Map<string, string>();
  readonly #by = new Map<string, string>();
  #count = 0;

  /** What the flow carried on: what its cause had brought, else what came to its start last; null where nothing had. */
  cause({ from, because }: Flow): string | null {
    return this.#by.get(`${from} ${because.traceId}/${because.spanId}`) ?? this.#newest.get(from) ?? null;
  }

  arrive({ to, traceId, spanId }: Flow): string {
    const id = `v:arrival${this.#count++}`;
    this.#newest.set(to, id);
    this.#by.set(`${to} ${traceId}/${spanId}`, id);
    return id;
  }
}

/** Collects records by kind; the same relation twice is one. */
class ProvMaps {
  readonly #maps = new Map<string, Map<string, ProvRecord>>();
  readonly #seen = new Map<string, string>();

  put(kind: string, id: string, record: ProvRecord): void {
    const map = this.#maps.get(kind) ?? new Map<string, ProvRecord>();
    this.#maps.set(kind, map);
    map.set(id, record);
  }

  relate(kind: string, record: Readonly<Record<string, unknown>>): void {
    const key = `${kind} ${JSON.stringify(record)}`;
    if (this.#seen.has(key)) return;
    const id = `_:r${this.#seen.size}`;
    this.#seen.set(key, id);
    this.put(kind, id, record);
  }

  maps(): Record<string, Record<string, ProvRecord>> {
    const sorted = [...this.#maps].sort(([a], [b]) => compareText(a, b));
    return Object.fromEntries(sorted.map(([kind, map]) => [kind, Object.fromEntries(map)]));
  }
}
