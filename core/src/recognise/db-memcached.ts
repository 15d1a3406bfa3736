import { storeNode } from '../node/store.ts';
import { bareOperation, MEMCACHED_COMMANDS } from './operations.ts';
import { clearRefs, type Recognised, touch, withoutPart } from './rule.ts';
import type { SpanView } from './span-view.ts';

const KEYS_MAX = 16;
/** Their arguments are all keys; the others' first is. */
const MANY_KEYS: ReadonlySet<string> = new Set(['get', 'gets', 'getmulti']);

/** Memcached: the first line of the statement is the command, the second the value, which is none of our business. */
export function memcached(span: SpanView): Recognised {
  const line = span.text('db.query.text', 'db.statement').slice(0, 4_096).split(/\r?\n/, 1)[0] ?? '';
  const [first = '', ...args] = line.trim().split(/\s+/);
  const command = (bareOperation(span.text('db.operation.name', 'db.operation')) || first).toLowerCase();
  const isKnown = MEMCACHED_COMMANDS.has(command);
  const actions = (MEMCACHED_COMMANDS.get(command) ?? ['unknown']).filter((action) => action !== 'none');
  if (actions.length === 0) return { touches: [] };
  const given = command === 'flush_all' ? [] : MANY_KEYS.has(command) ? args : args.slice(0, 1);
  const keys = given.filter((key) => key !== '' && key !== '?').slice(0, KEYS_MAX);
  const rule = isKnown ? `db.memcached.${command}` : 'db.memcached.other';
  const places = (keys.length === 0 ? [''] : keys).map((key) => ({ key, peer: place(span, key) }));
  const all = keys.length === 0 && command !== 'flush_all' ? withoutPart(actions) : actions;
  return {
    touches: [...new Set(places.map(({ peer }) => peer))].flatMap((peer) =>
      all.map((action) => touch(peer, action, rule)),
    ),
    recordRefs: [...new Set(places.flatMap(({ key, peer }) => clearRefs(span, peer, [key])))],
  };
}

function place(span: SpanView, name: string): string {
  return storeNode({ system: 'memcached', host: span.host, port: span.port, name }, span.log.onMask);
}
