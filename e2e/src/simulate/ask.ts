import type { LineageEdge, LineageNode, Recipient, Residency } from '@vestige/core/lineage/answer';
import type { Flow } from '@vestige/core/lineage/flow';
import type { SimPerson } from './span.ts';

/** One movement as an answer tells it, with its reason. */
export type ToldFlow = Pick<
  Flow,
  'from' | 'to' | 'action' | 'confidence' | 'actor' | 'atUs' | 'skewUs' | 'traceId' | 'spanId' | 'rule' | 'because'
>;

/** What the system under test says about one person. */
export interface Told {
  readonly nodes: readonly Pick<LineageNode, 'id'>[];
  readonly edges: readonly Pick<LineageEdge, 'from' | 'to' | 'action' | 'confidence' | 'role' | 'evidence'>[];
  readonly residency: readonly Pick<Residency, 'store' | 'state' | 'confidence'>[];
  readonly recipients: readonly Pick<Recipient, 'party' | 'node' | 'firstDisclosed' | 'lastDisclosed'>[];
  readonly flows: readonly ToldFlow[];
  readonly truncated: boolean;
  /** Pairs of services whose clocks are said to contradict each other. */
  readonly clocks: readonly { readonly behind: string; readonly ahead: string }[];
  /** Spans of which links are said to have been cut; null where nobody counts them. */
  readonly cutSpans: number | null;
  /** Spans that services are known to have lost; null where nobody counts them. */
  readonly missingSpans: number | null;
  /** The same answer as a PROV-JSON document, where it was asked for; null elsewhere. */
  readonly prov: unknown;
}

/** Why one edge is there. */
export interface Explained {
  readonly flows: readonly ToldFlow[];
  readonly spans: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Whoever can be asked about the people of one organisation; null when it knows nothing of the person. */
export interface Asked {
  about(person: SimPerson): Promise<Told | null>;
  /** @param edge of the answer about that person */
  explain(person: SimPerson, edge: Pick<LineageEdge, 'from' | 'to'>): Promise<Explained>;
}

/** How many people a node affected. */
export interface Affected {
  readonly people: number;
  readonly notFollowed: number;
  readonly searchCut: boolean;
}

/** Whoever can also be asked about a node: whom did it affect? */
export interface AskedAboutNodes extends Asked {
  /** Whole milliseconds; inclusive, exclusive. */
  affected(node: string, fromMs: number, toMs: number): Promise<Affected>;
}
