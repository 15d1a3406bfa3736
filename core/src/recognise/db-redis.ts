import type { Touch } from '../model/span.ts';
import { part } from '../node/part.ts';
import { queueNode } from '../node/queue.ts';
import { reduceKey } from '../node/reduce.ts';
import { storeNode } from '../node/store.ts';
import { bareOperation, REDIS_CHANNELS, REDIS_COMMANDS, REDIS_MANY_KEYS } from './operations.ts';
import { clearRefs, type Recognised, touch, withoutPart } from './rule.ts';
import type { SpanView } from './span-view.ts';

const COMMANDS_MAX = 32;
const KEYS_MAX = 16;
const FRAMES: ReadonlySet<string> = new Set(['MULTI', 'EXEC']);
/** Their first argument is no key. */
const KEYLESS: ReadonlySet<string> = new Set(
  'SCAN RANDOMKEY FLUSHDB FLUSHALL EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO MULTI EXEC PIPELINE MIGRATE KEYS'.split(
    ' ',
  ),
);

/**
 * Redis and Valkey: the command says the direction, the statement's arguments say the keys. Inside MULTI and pipelines
 * every line of the statement is a command of its own.
 */
export function redis(span: SpanView): Recognised {
  const named = bareOperation(span.text('db.operation.name', 'db.operation')).toUpperCase();
  const lines = span
    .text('db.query.text', 'db.statement')
    .slice(0, 16_384)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== '');
  // Instrumentations give the commands of a transaction spans of their own; its frame moves nothing then.
  if (lines.length === 1 && FRAMES.has(lines[0]?.join(' ').toUpperCase() ?? '')) return { touches: [] };
  const commands = lines.length === 0 ? [[named || commandOfName(span.span.name)]] : lines.slice(0, COMMANDS_MAX);
  const touches = new Map<string, Touch>();
  const refs = new Set<string>();
  for (const [first = '', ...args] of commands) {
    const command = first.toUpperCase();
    const channel = REDIS_CHANNELS.get(command);
    if (channel !== undefined) {
      // Python's instrumentation writes `PUBLISH ? ?`.
      const named = args[0] === '?' ? '' : args[0];
      const peer = queueNode(
        { system: 'redis', host: span.host, port: span.port, destination: reduceKey(part(named, span.log.onMask)) },
        span.log.onMask,
      );
      add(touches, channel, peer, `db.redis.${command.toLowerCase()}`);
      continue;
    }
    const isKnown = REDIS_COMMANDS.has(command);
    const actions = REDIS_COMMANDS.get(command) ?? (['unknown'] as const);
    if (actions.every((action) => action === 'none')) continue;
    for (const key of keysOf(command, args)) {
      const peer = storeNode(
        {
          system: span.system,
          host: span.host,
          port: span.port,
          database: span.text('db.namespace', 'db.redis.database_index'),
          name: key,
        },
        span.log.onMask,
      );
      add(
        touches,
        key === '' && !command.startsWith('FLUSH') ? withoutPart(actions) : actions,
        peer,
        isKnown ? `db.redis.${command.toLowerCase()}` : 'db.redis.other',
      );
      for (const ref of clearRefs(span, peer, key === '' ? [] : [key])) refs.add(ref);
    }
  }
  return { touches: [...touches.values()], recordRefs: [...refs] };
}

function add(touches: Map<string, Touch>, actions: readonly Touch['action'][], peer: string, rule: string): void {
  for (const action of actions) {
    if (action !== 'none' && !touches.has(`${action} ${peer}`))
      touches.set(`${action} ${peer}`, touch(peer, action, rule));
  }
}

/** `redis-GET`, `GET`, `redis.get`. */
const commandOfName = (name: string) => /([A-Za-z][A-Za-z0-9._]*)$/.exec(name)?.[1]?.replace(/^redis\./i, '') ?? '';

/** Keys of a command, or [''] for the database as a whole. Redacted arguments (`?`, `[1 other arguments]`) are no keys. */
function keysOf(command: string, args: readonly string[]): string[] {
  if (KEYLESS.has(command)) return [''];
  const streams = command.startsWith('XREAD') ? args.findIndex((arg) => arg.toUpperCase() === 'STREAMS') : -1;
  const from = streams >= 0 ? args.slice(streams + 1, streams + 1 + Math.ceil((args.length - streams - 1) / 2)) : args;
  const keys = (REDIS_MANY_KEYS.has(command) || streams >= 0 ? from : from.slice(0, 1)).filter(
    (arg) => arg !== '' && arg !== '?' && !arg.startsWith('[') && !arg.endsWith(']') && arg !== 'other',
  );
  return keys.length === 0 ? [''] : keys.slice(0, KEYS_MAX);
}
