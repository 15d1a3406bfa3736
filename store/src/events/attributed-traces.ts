/** What coverage and the completeness of an answer mean by a touch that says whose data it was. SQL, in one place. */

/** Peers of a span where data rests or leaves. A tool or an agent only passes it on. */
export const TOUCHES_AT_REST = `arrayFilter(peer -> match(peer, '^(store|memory|queue|recipient|model):'), touch_peer)`;

/** Traces of the window in which a span is tagged with anybody. A span says so itself, so no subject is read. */
export const tracesOfSomebody = `
      SELECT trace_id
      FROM spans
      WHERE tenant = {tenant: UInt32}
        AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
        AND ts < fromUnixTimestamp64Nano({toNs: Int64})
        AND attribution != 'none'`;

/** On a cluster the inner scan stays on the shard of the outer one: a trace lies on one shard. */
export const ONE_SHARD_A_TRACE = { distributed_product_mode: 'local' } as const;
