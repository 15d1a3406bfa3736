/** How knowledge that outlives a trace is addressed (rules 4 to 6). */
export const jumpKey = {
  record: (ref: string) => `record ${ref}`,
  memory: (node: string) => `memory ${node}`,
  /** Writes to a memory that named no records: only these reach a read that names all of its own. */
  wholeMemory: (node: string) => `whole-memory ${node}`,
  turn: (conversation: string) => `turn ${conversation}`,
  message: (traceId: string, spanId: string) => `message ${traceId} ${spanId}`,
} as const;
