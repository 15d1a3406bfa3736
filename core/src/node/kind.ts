/**
 * Node ids: `kind:qualified name` (rulings 17–19). Text, so that spans, batch jobs, registry rows and people's eyes
 * meet in one spelling. Free of zod and of I/O: the SDK carries this into other people's processes.
 */
export const KINDS = [
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
export type Kind = (typeof KINDS)[number];

/** Longer ids are cut: a bound on what one hostile span can make us keep. */
export const NODE_ID_CHARS_MAX = 512;
/** What an unknown part of a name is (ruling 17). */
export const UNKNOWN = '-';

const kinds: ReadonlySet<string> = new Set(KINDS);

/** @param name already clean (see `part.ts`); an empty one becomes `-` */
export function nodeId(kind: Kind, name: string): string {
  const id = `${kind}:${name === '' ? UNKNOWN : name}`;
  return id.length <= NODE_ID_CHARS_MAX ? id : id.slice(0, NODE_ID_CHARS_MAX);
}

/** Kind and name of a node id, or null when the text is none. */
export function parseNodeId(id: string): { kind: Kind; name: string } | null {
  const colon = id.indexOf(':');
  if (colon < 1 || colon === id.length - 1 || id.length > NODE_ID_CHARS_MAX) return null;
  const kind = id.slice(0, colon);
  return isKind(kind) ? { kind, name: id.slice(colon + 1) } : null;
}

function isKind(text: string): text is Kind {
  return kinds.has(text);
}
