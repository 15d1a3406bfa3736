/**
 * How close to the wire a rule reads a call. One physical call can leave several spans (an AI SDK call, the provider's
 * span under it, the HTTP request under that); the closure keeps the touches of the outermost one (otel §7.4).
 *
 * - `declared`: the code said so (`vestige.flow.*`); always kept.
 * - `semantic`: a model, memory, MCP or agent call.
 * - `store`, `queue`: a database, object store or broker call.
 * - `transport`: HTTP, RPC or a function call. Not a flow of its own when its nearest ancestor that touched anything is
 *   a `semantic`, `store` or `queue` *call* (a CLIENT or PRODUCER span, or any span with such touches) that encloses it
 *   in time; and replaced by the SERVER span's service when such a span is its child (ruling 4).
 * - `entry`: a root SERVER span: a person or a foreign system came in.
 */
export const LAYERS = ['declared', 'semantic', 'store', 'queue', 'transport', 'entry'] as const;
export type Layer = (typeof LAYERS)[number];

const BY_PREFIX: ReadonlyMap<string, Layer> = new Map(
  Object.entries<Layer>({
    vestige: 'declared',
    genai: 'semantic',
    openinference: 'semantic',
    traceloop: 'semantic',
    ai: 'semantic',
    mcp: 'semantic',
    a2a: 'semantic',
    db: 'store',
    object: 'store',
    messaging: 'queue',
    http: 'transport',
    rpc: 'transport',
    faas: 'transport',
  }),
);

/**
 * Layer of a touch's rule id, e.g. `db.sql.insert` → `store`. `….server` rules are `entry`. An unknown rule (a newer
 * rule set, read by older code) is `declared`, because dropping a flow that we do not understand would hide it.
 */
export function RULE_LAYER(rule: string): Layer {
  if (rule.endsWith('.server')) return 'entry';
  const dot = rule.indexOf('.');
  return BY_PREFIX.get(dot < 0 ? rule : rule.slice(0, dot)) ?? 'declared';
}
