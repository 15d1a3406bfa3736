import type { LineageAnswer } from '@vestige/core/lineage/answer';

/**
 * One person's lineage as PROV-JSON (W3C Member Submission, 24 April 2013; research/compliance.md §2.7): places are
 * entities, edges are activities, agents and parties are agents. `wasEndedBy` is left out, which the schema misspells.
 */
export function provJson(lineage: LineageAnswer): Record<string, unknown> {
  const id = (kind: string, name: string) => `v:${kind}/${encodeURIComponent(name)}`;
  const doers = new Set(['agent', 'workflow', 'tool', 'mcp_server', 'service', 'job', 'model']);
  const document = {
    prefix: { v: 'urn:vestige:lineage:' },
    entity: {} as Record<string, object>,
    agent: {} as Record<string, object>,
    activity: {} as Record<string, object>,
    used: {} as Record<string, object>,
    wasGeneratedBy: {} as Record<string, object>,
    wasAssociatedWith: {} as Record<string, object>,
    wasAttributedTo: {} as Record<string, object>,
    actedOnBehalfOf: {} as Record<string, object>,
  };
  const isDoer = new Map(lineage.nodes.map((node) => [node.id, doers.has(node.kind)]));
  for (const node of lineage.nodes) {
    const facts = {
      'v:kind': node.kind,
      'v:categories': node.categories.join(' '),
      'v:purposes': node.purposes.join(' '),
    };
    document[isDoer.get(node.id) ? 'agent' : 'entity'][id('node', node.id)] = facts;
    if (!node.party) continue;
    document.agent[id('party', node.party.id)] = {
      'prov:type': { $: 'prov:Organization', type: 'xsd:QName' },
      'v:legal_name': node.party.legalName,
    };
    if (isDoer.get(node.id)) {
      document.actedOnBehalfOf[`_:party-${node.id}`] = {
        'prov:delegate': id('node', node.id),
        'prov:responsible': id('party', node.party.id),
      };
    } else {
      document.wasAttributedTo[`_:party-${node.id}`] = {
        'prov:entity': id('node', node.id),
        'prov:agent': id('party', node.party.id),
      };
    }
  }
  // An edge may end at a node that nothing else describes; a relation to nothing would be no valid document.
  for (const end of new Set(lineage.edges.flatMap(({ from, to }) => [from, to]))) {
    if (isDoer.has(end)) continue;
    const kind = end.slice(0, Math.max(0, end.indexOf(':')));
    isDoer.set(end, doers.has(kind));
    document[isDoer.get(end) ? 'agent' : 'entity'][id('node', end)] = { 'v:kind': kind };
  }
  for (const [index, edge] of lineage.edges.entries()) {
    const activity = id('flow', String(index));
    document.activity[activity] = {
      'prov:startTime': edge.firstSeen,
      'prov:endTime': edge.lastSeen,
      'v:action': edge.action,
      'v:confidence': edge.confidence,
      'v:count': edge.count,
    };
    for (const [end, relation] of [
      [edge.from, 'used'],
      [edge.to, 'wasGeneratedBy'],
    ] as const) {
      const key = `_:${relation}-${index}`;
      if (isDoer.get(end)) {
        document.wasAssociatedWith[key] = { 'prov:activity': activity, 'prov:agent': id('node', end) };
      } else {
        document[relation][key] = { 'prov:activity': activity, 'prov:entity': id('node', end) };
      }
    }
  }
  return document;
}
