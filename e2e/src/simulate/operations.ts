import { recall, remember } from './conversation.ts';
import { type Conversation, declared, type Execution } from './execution.ts';
import { type Item, NOT_TOLD } from './ground-truth.ts';
import type { People } from './programs.ts';
import type { Ending, OpenSpan, SimPerson } from './span.ts';
import type { Outside, Store } from './systems.ts';
import type { Work } from './timeline.ts';

/** What an execution can do to places and outside parties. Each is one physical call with the spans that report it. */

const DAY_US = 86_400_000_000;

/** Reads items; what was there at that instant is the execution's when the call ends. */
export function* read(x: Execution, store: Store, items: readonly Item[]): Work {
  const { dice, env } = x;
  const names = dice.chance(x.program.tagging.namesRecords);
  const call = x.begin('read', store.attributes('read', items[0]?.key ?? '0'), 'read', store.place.node);
  const { span } = call;
  yield* x.step();
  const found = items.filter(({ untilUs, people }) => untilUs > env.timeline.now && people.size > 0);
  const seen = found.map((item) => ({ item, people: new Map([...item.people].map(([n, one]) => [n, { ...one }])) }));
  const who = peopleOf(found, x);
  yield* x.step();
  if (dice.chance(0.03)) return call.end('failed');
  span.attributes['vestige.record.count'] = found.length;
  if (names && found.length > 0) span.attributes['vestige.record.refs'] = found.map(({ ref }) => ref);
  x.tag(span, who);
  const isMemory = store.place.node.startsWith('memory:');
  for (const { item, people } of seen) {
    for (const person of who) {
      const was = people.get(person.number);
      if (!was) continue;
      const named = span.named().includes(person);
      const linked = (isMemory && was.written) || (names && was.linked);
      const told = !x.trace.lossy && (named || linked);
      x.moved({ person, from: store.place.node, to: x.node, action: 'read', told }, span);
      x.receive(person, told);
      const still = item.people.get(person.number);
      if (!still || !named || x.trace.lossy) continue;
      // A declared read proves whose record it is (ruling 1); an ambient one only that the person may be here.
      still.told = true;
      if (span.tags?.attribution === 'declared' && names) still.linked = true;
    }
  }
  call.end();
}

export interface WriteOptions {
  /** Written from these records, and says so (ruling 3). */
  readonly derivedFrom?: readonly Item[];
}

export function* write(x: Execution, store: Store, item: Item, who: People, { derivedFrom }: WriteOptions = {}): Work {
  const { dice } = x;
  const names = dice.chance(x.program.tagging.namesRecords);
  const call = x.begin('write', store.attributes('write', item.key), 'write', store.place.node);
  const { span } = call;
  if (names) span.attributes['vestige.record.refs'] = [item.ref];
  if (derivedFrom) span.attributes['vestige.derived_from'] = derivedFrom.map(({ ref }) => ref);
  const untilUs = retention(x, span, item);
  x.tag(span, who);
  const told = new Map(
    who.map((person) => {
      const fromRecord = derivedFrom?.some(({ people }) => people.get(person.number)?.linked) ?? false;
      return [person, x.told(person, span) || (fromRecord && !x.trace.lossy)];
    }),
  );
  yield* x.step();
  const ended: Ending = dice.chance(0.05) ? (dice.chance(0.5) ? 'failed' : 'no_effect') : 'ok';
  if (ended === 'ok' || (ended === 'failed' && dice.chance(0.5))) {
    item.untilUs = untilUs;
    for (const person of who) {
      const isTold = told.get(person) ?? false;
      const known = item.people.get(person.number) ?? NOT_TOLD;
      item.people.set(person.number, {
        told: known.told || isTold,
        linked: known.linked || (isTold && names),
        written: known.written || isTold,
      });
      x.moved({ person, from: x.node, to: store.place.node, action: 'write', told: isTold }, span);
    }
  }
  yield* x.step();
  call.end(ended);
}

/** Until when the place keeps the item: settled when it is made, and told by every write to it. */
function retention(x: Execution, span: OpenSpan, item: Item): number {
  const known = item.untilUs;
  if (known === Number.POSITIVE_INFINITY && (item.people.size > 0 || !x.dice.chance(0.1))) return known;
  const day = known < Number.POSITIVE_INFINITY ? Math.floor(known / DAY_US) - 1 : x.dice.between(0, 40) + today(x);
  span.attributes['vestige.retention.until'] = new Date((day * DAY_US) / 1000).toISOString().slice(0, 10);
  return (day + 1) * DAY_US;
}

const today = (x: Execution) => Math.floor(x.env.timeline.now / DAY_US);

/**
 * - `record`: one item, named on the span or not, whoever is in it;
 * - `person`: all that the place has of one person, and the span declares them;
 * - `everything`: the place is emptied by a statement that names nobody.
 */
export function* remove(
  x: Execution,
  store: Store,
  what: { record: Item } | { person: SimPerson } | 'everything',
): Work {
  const { dice } = x;
  const items = what === 'everything' || 'person' in what ? [...store.place.items.values()] : [what.record];
  const statement = store.attributes(what === 'everything' ? 'truncate' : 'delete', items[0]?.key ?? '0');
  const call = x.begin('delete', statement, 'delete', store.place.node);
  const { span } = call;
  if (what !== 'everything' && 'record' in what) {
    const names = dice.chance(x.program.tagging.namesRecords);
    if (names) span.attributes['vestige.record.refs'] = [what.record.ref];
    // To declare people on a delete that names no record says that all of theirs goes (ruling 12): this one may not.
    x.tag(span, names ? peopleOf(items, x) : []);
  }
  if (what !== 'everything' && 'person' in what) span.tags = declared([what.person]);
  // To ask a place to delete somebody tells it who, whether or not it had them.
  const asked = new Set(span.tags?.attribution === 'declared' ? span.tags.people : []);
  const gone = (person: SimPerson) => {
    const told = !x.trace.lossy && span.named().includes(person);
    x.moved({ person, from: x.node, to: store.place.node, action: 'delete', told }, span);
  };
  const beganUs = x.env.timeline.now;
  yield* x.step();
  if (dice.chance(0.05)) return call.end('failed');
  if (what !== 'everything' && 'person' in what && !x.trace.lossy) {
    x.env.truth.clearings.push({ person: what.person.number, node: store.place.node, atUs: beganUs });
  }
  for (const person of asked) gone(person);
  for (const item of items) {
    for (const person of peopleOf([item], x)) {
      if (what !== 'everything' && 'person' in what && what.person !== person) continue;
      item.people.delete(person.number);
      gone(person);
    }
  }
  yield* x.step();
  call.end();
}

/**
 * A statement that copies from one table into another: the data never leaves the database, and one span tells both ends.
 */
export function* copyInside(x: Execution, from: Store, to: Store, attributes: Record<string, string>): Work {
  const { dice, env } = x;
  const rows = dice.some(from.place.alive(env.timeline.now), 0.5);
  const span = x.open('client', 'copy');
  Object.assign(span.attributes, attributes);
  span.did.push({ action: 'read', node: from.place.node }, { action: 'write', node: to.place.node });
  const who = peopleOf(rows, x);
  x.tag(span, who);
  yield* x.step();
  for (const row of rows) {
    const copy = to.place.item(row.key, `${to.place.node}#${dice.base64url22()}`);
    for (const person of peopleOf([row], x).filter((one) => who.includes(one))) {
      const told = !x.trace.lossy && span.named().includes(person);
      const [was, known] = [row.people.get(person.number), copy.people.get(person.number)];
      if (was && told) was.told = true;
      copy.people.set(person.number, { linked: false, written: false, ...known, told: (known?.told ?? false) || told });
      x.moved({ person, from: from.place.node, to: x.node, action: 'read', told }, span);
      x.moved({ person, from: x.node, to: to.place.node, action: 'write', told }, span);
    }
  }
  yield* x.step();
  x.close(span);
}

/**
 * A call to somebody outside: the data has left when it starts, and an answer about it comes back when it ends.
 *
 * @param conversation one that a bare model call continues: what earlier turns had goes along (ruling 10)
 */
export function* share(x: Execution, outside: Outside, given: People, conversation: Conversation | null = null): Work {
  const { dice } = x;
  const span = x.open('client', outside.kind === 'model' ? 'chat' : 'POST');
  Object.assign(span.attributes, outside.attributes());
  span.did.push({ action: 'share', node: outside.node }, { action: 'receive', node: outside.node });
  if (conversation !== null) span.attributes['gen_ai.conversation.id'] = conversation.id;
  if (conversation !== null) recall(x, span, conversation);
  const who = conversation === null ? given : [...new Set([...given, ...conversation.history.keys()])];
  x.tag(span, who);
  const told = new Map(who.map((person) => [person, x.told(person, span)]));
  const refused = dice.chance(0.02);
  const leave = (action: 'share' | 'receive') => {
    for (const person of who) {
      const [from, to] = action === 'share' ? [x.node, outside.node] : [outside.node, x.node];
      const party = action === 'share' ? outside.party : '';
      x.moved({ person, from, to, action, told: told.get(person) ?? false, party }, span);
    }
  };
  if (refused) {
    yield* x.step();
    return failed(x, span, 'no_effect', 'ECONNREFUSED');
  }
  leave('share');
  const under = outside.kind === 'model' && dice.chance(0.4) ? transport(x, span) : null;
  yield* x.step();
  if (under) x.close(under);
  if (dice.chance(0.04)) return failed(x, span, 'failed', 'timeout');
  const answers = outside.kind === 'model' || dice.chance(0.5);
  if (outside.kind === 'http') span.attributes['http.response.status_code'] = answers ? 200 : 204;
  if (answers) leave('receive');
  if (conversation !== null) remember(x, span, conversation, who);
  x.close(span);
}

/** The HTTP request under a model call: the same physical call, told twice. */
function transport(x: Execution, above: OpenSpan): OpenSpan {
  const { recorder, timeline } = x.env;
  const span = recorder.open(x.trace, above, x.program.service, 'client', 'POST', timeline.now);
  const host = above.attributes['server.address'] ?? '';
  Object.assign(span.attributes, {
    'http.request.method': 'POST',
    'server.address': host,
    'url.full': `https://${String(host)}/v1/chat`,
    'http.response.status_code': 200,
  });
  return span;
}

function failed(x: Execution, span: OpenSpan, ended: Ending, type = 'timeout'): void {
  span.attributes['error.type'] = type;
  x.close(span, ended);
}

function peopleOf(items: readonly Item[], x: Execution): SimPerson[] {
  const numbers = new Set(items.flatMap(({ people }) => [...people.keys()]));
  return [...numbers].map((number) => x.env.person(number));
}
