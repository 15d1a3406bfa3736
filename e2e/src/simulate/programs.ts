import type { SimPerson, SimService } from './span.ts';

/** How the spans of a piece of software are tagged. */
export interface Tagging {
  /** Share of its operations on people's data whose span declares them. */
  readonly declares: number;
  /** Share of the executions themselves (agents, tools, handlers) that declare whom they are about. */
  readonly declaresExecution: number;
  /** Share of the requests whose first span names whom it serves. */
  readonly tagsEntry: number;
  /** Every span is stamped with the people being served. */
  readonly stamps: boolean;
  /** Share of the calls to stores that name the records. */
  readonly namesRecords: number;
  /** Share of the operations that the framework reports outside of the agent, with the owner stamped on them. */
  readonly losesNesting: number;
}

/** The styles that design 03 and 04 know, and how real teams mix them. */
export const TAGGINGS = {
  declared: {
    declares: 0.9,
    declaresExecution: 0.5,
    tagsEntry: 0.5,
    stamps: false,
    namesRecords: 0.6,
    losesNesting: 0,
  },
  ambient: { declares: 0.1, declaresExecution: 0, tagsEntry: 1, stamps: true, namesRecords: 0.6, losesNesting: 0 },
  ownerStamped: {
    declares: 0.3,
    declaresExecution: 0.3,
    tagsEntry: 0.5,
    stamps: false,
    namesRecords: 0.8,
    losesNesting: 0.4,
  },
  entryOnly: { declares: 0, declaresExecution: 0, tagsEntry: 1, stamps: false, namesRecords: 0.8, losesNesting: 0 },
  untagged: { declares: 0, declaresExecution: 0, tagsEntry: 0, stamps: false, namesRecords: 1, losesNesting: 0 },
} as const satisfies Record<string, Tagging>;

/** A kind of execution: an agent or tool of a service, or the service itself. */
export interface Program {
  readonly node: string;
  readonly kind: 'agent' | 'tool' | 'workflow' | 'service';
  /** As spans spell it. */
  readonly name: string;
  readonly service: SimService;
  readonly tagging: Tagging;
}

export type People = readonly SimPerson[];
