import { z } from 'zod';
import { ACTIONS } from '../convention/attributes.ts';

/** The shapes of `GET /v1/subjects/{id}/lineage` (design 07), shared by the closure, the API and the export package. */

export const CONFIDENCES = ['declared', 'ambient', 'inferred', 'possible'] as const;
/** Strongest first: an edge seen several ways keeps the strongest. */
export const Confidence = z.enum(CONFIDENCES);
export type Confidence = z.infer<typeof Confidence>;

const instant = z.iso.datetime({ precision: 3 });

export const NODE_KINDS = [
  'agent',
  'workflow',
  'model',
  'tool',
  'mcp_server',
  'store',
  'memory',
  'queue',
  'service',
  'job',
  'recipient',
  'client',
] as const;
export const NodeKind = z.enum(NODE_KINDS);
export type NodeKind = z.infer<typeof NodeKind>;

export const PartyRef = z.strictObject({
  id: z.string(),
  legalName: z.string(),
  role: z.string(),
  country: z.string().nullable(),
});
export type PartyRef = z.infer<typeof PartyRef>;

export const Evidence = z.strictObject({ traceId: z.string(), spanId: z.string(), rule: z.string() });
export type Evidence = z.infer<typeof Evidence>;

export const LineageNode = z.strictObject({
  id: z.string(),
  kind: NodeKind,
  name: z.string(),
  party: PartyRef.nullable(),
  /** Of a job: the job that starts it. */
  partOf: z.string().optional(),
  firstSeen: instant,
  lastSeen: instant,
  categories: z.array(z.string()),
  purposes: z.array(z.string()),
});
export type LineageNode = z.infer<typeof LineageNode>;

export const LineageEdge = z.strictObject({
  from: z.string(),
  to: z.string(),
  action: z.enum(ACTIONS),
  confidence: Confidence,
  /** Present when the person acted here rather than being the subject of the data (ruling 8). */
  role: z.literal('actor').optional(),
  count: z.int().min(1),
  firstSeen: instant,
  lastSeen: instant,
  categories: z.array(z.string()),
  purposes: z.array(z.string()),
  /** At most 5, newest first (ruling 33). For a batch-job edge `traceId` is the run id and `spanId` is ''. */
  evidence: z.array(Evidence).max(5),
  evidenceTotal: z.int(),
  /** Present when the edge holds only within the tolerated clock skew (ruling 11). */
  skewMs: z.number().optional(),
});
export type LineageEdge = z.infer<typeof LineageEdge>;

export const ResidencyState = z.enum(['held', 'deleted', 'expired', 'unknown']);
export type ResidencyState = z.infer<typeof ResidencyState>;

export const Residency = z.strictObject({
  /** A store, memory or queue (ruling 2). */
  store: z.string(),
  /** Distinct record refs; 0 when only the store as a whole is known. */
  records: z.int(),
  state: ResidencyState,
  confidence: Confidence,
  lastWrite: instant.nullable(),
  lastDelete: instant.nullable(),
  retentionUntil: instant.nullable(),
});
export type Residency = z.infer<typeof Residency>;

export const Recipient = z.strictObject({
  /** Party id, or the host while no party is registered for it. */
  party: z.string(),
  node: z.string(),
  firstDisclosed: instant,
  lastDisclosed: instant,
  count: z.int(),
  categories: z.array(z.string()),
  purposes: z.array(z.string()),
  country: z.string().nullable(),
  via: z.array(z.string()),
});
export type Recipient = z.infer<typeof Recipient>;

/** Pairs of services that are listed; the largest lags come first. */
export const CLOCKS_MAX = 100;

export const Completeness = z.strictObject({
  complete: z.boolean(),
  /** The same facts as one sentence a lawyer can read. */
  statement: z.string(),
  watermarks: z.array(z.strictObject({ service: z.string(), newestSpan: instant, missingSeq: z.int() })),
  rejectedSpans: z.int(),
  orphanSpans: z.int(),
  /** Services whose clocks contradict each other by more than is tolerated: by at least so much, the largest first. */
  clocks: z
    .array(z.strictObject({ behind: z.string(), ahead: z.string(), atLeastMs: z.number() }))
    .min(1)
    .max(CLOCKS_MAX)
    .optional(),
  /** Spans of which something was cut before it came to be stored, by service: a lower bound, on the days of the window. */
  cutSpans: z
    .array(z.strictObject({ service: z.string(), links: z.int(), attributes: z.int() }))
    .min(1)
    .optional(),
  /** Present while spans lie here that an older version has read, maybe under other names: `vestige reclassify` mends it. */
  olderReadings: z.literal(true).optional(),
  /** Present where so many services have sent spans that one may be told as two nodes, and a way end between them. */
  servicesCut: z.literal(true).optional(),
  unattributedTouches: z.int(),
  /** Present when that was counted a little earlier and spans have come in since. */
  unattributedTouchesAsOf: instant.optional(),
  /** Present when so many days are still being counted: their touches are not in the number, and a later answer has them. */
  uncountedDays: z.int().min(1).optional(),
  /** Batch runs that name people by a list of which nobody can say whether this person is in it: told as `possible`. */
  unclearRuns: z.int().min(1).optional(),
  /** Batch runs of the window that say what they filled and not from what: they may have brought anybody there. */
  runsWithoutInputs: z.int().min(1).optional(),
  /** Present when those were counted a little earlier. */
  runsWithoutInputsAsOf: instant.optional(),
  /** Present while nobody has counted those: a later answer has them. */
  runsUncounted: z.literal(true).optional(),
  unregisteredStores: z.array(z.string()),
  truncated: z.boolean(),
  /** Present when fewer traces were followed than were found, the oldest first; there may be more that nobody looked for. */
  cut: z.strictObject({ tracesFollowed: z.int(), tracesKnown: z.int() }).optional(),
});
export type Completeness = z.infer<typeof Completeness>;

export const LineageAnswer = z.strictObject({
  subjectId: z.uuid(),
  window: z.strictObject({ from: instant.nullable(), to: instant.nullable(), asOf: instant.nullable() }),
  nodes: z.array(LineageNode),
  edges: z.array(LineageEdge),
  residency: z.array(Residency),
  recipients: z.array(Recipient),
  completeness: Completeness,
});
export type LineageAnswer = z.infer<typeof LineageAnswer>;
