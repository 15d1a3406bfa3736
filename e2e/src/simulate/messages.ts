import { Execution, LOSSY, type Surroundings } from './execution.ts';
import type { Item, Place } from './ground-truth.ts';
import type { People, Program } from './programs.ts';
import type { OpenSpan, SimPerson, SimValue } from './span.ts';
import type { Work } from './timeline.ts';

/** A queue or topic; consumers get its messages later, in traces of their own or under the producer. */
export interface Queue {
  readonly place: Place;
  /** The broker keeps what was consumed until its retention. */
  readonly keeps: boolean;
  /** How long it keeps a message at most; the registry knows. */
  readonly keptUs: number;
  readonly waiting: Message[];
  attributes(does: 'send' | 'receive' | 'process'): Record<string, SimValue>;
}

export interface Message {
  readonly item: Item;
  readonly people: ReadonlyMap<SimPerson, boolean>;
  readonly producer: OpenSpan;
  /** Tokens that travel with it. */
  readonly carries: People;
}

export function kafka(place: Place, topic: string, keptDays: number): Queue {
  return {
    place,
    keeps: true,
    keptUs: keptDays * 86_400_000_000,
    waiting: [],
    attributes: (does) => ({
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.operation.type': does,
      'server.address': 'broker',
      'server.port': 9092,
    }),
  };
}

export function bullmq(place: Place, name: string): Queue {
  return {
    place,
    keeps: false,
    keptUs: Number.POSITIVE_INFINITY,
    waiting: [],
    attributes: (does) => ({
      'messaging.system': 'bullmq',
      'messaging.destination.name': name,
      'messaging.operation': does === 'send' ? 'publish' : does,
      'server.address': 'jobs',
      'server.port': 6379,
    }),
  };
}

export function* publish(x: Execution, queue: Queue, who: People): Work {
  const { dice } = x;
  const span = x.open('producer', 'send');
  Object.assign(span.attributes, queue.attributes('send'));
  span.did.push({ action: 'write', node: queue.place.node });
  x.tag(span, who);
  const item = queue.place.item(dice.hex(8), '');
  item.untilUs = x.env.timeline.now + queue.keptUs;
  const people = new Map(who.map((person) => [person, x.told(person, span)]));
  yield* x.step();
  for (const [person, told] of people) {
    item.people.set(person.number, { told, linked: false, written: false });
    x.moved({ person, from: x.node, to: queue.place.node, action: 'write', told }, span);
  }
  yield* x.step();
  const carries = span.tags !== null && dice.chance(0.5) ? span.tags.people : [];
  queue.waiting.push({ item, people, producer: span, carries });
  x.close(span);
}

/** A worker that asks for what is waiting: the messages are its own when the call ends. */
export function* poll(x: Execution, queue: Queue): Work {
  const span = x.open('client', 'receive');
  Object.assign(span.attributes, queue.attributes('receive'));
  span.did.push({ action: 'read', node: queue.place.node });
  yield* x.step();
  const messages = queue.waiting.splice(0, 4);
  if (messages.length === 0) return x.close(span);
  const linked = link(span, messages, x.env);
  x.noteNames(span);
  yield* x.step();
  for (const message of messages) {
    const { item, people, carries } = message;
    for (const [person, was] of people) {
      const came = linked.has(message) && (was || carries.includes(person));
      const told = !x.trace.lossy && (came || span.named().includes(person));
      x.moved({ person, from: queue.place.node, to: x.node, action: 'read', told }, span);
      x.receive(person, told);
    }
    if (!queue.keeps) item.people.clear();
  }
  x.close(span);
}

/** @returns the messages whose link is told: an SDK cuts links off at its limit, with the tokens on them */
function link(span: OpenSpan, messages: readonly Message[], { recorder }: Surroundings): ReadonlySet<Message> {
  const linked = messages.slice(0, recorder.linksMax);
  for (const { producer, carries } of linked) {
    const tokens = carries.map(({ token }) => token);
    span.links.push({ traceId: producer.trace.traceId, spanId: producer.spanId, tokens });
  }
  span.cutLinks = messages.length - linked.length;
  return new Set(linked);
}

/** What a consumer is: what it takes messages from, and where it puts those that it cannot handle. */
export interface Consumer {
  readonly queue: Queue;
  readonly dead: Queue;
  readonly program: Program;
  readonly body: (y: Execution) => Work;
}

/**
 * One run of a consumer. `single`: one message, linked or nested under its producer. `batch`: all at once in one
 * execution. `each`: received together, processed one by one under it.
 */
export function* consume(env: Surroundings, by: Consumer, how: 'single' | 'nested' | 'batch' | 'each'): Work {
  const messages = by.queue.waiting.splice(0, how === 'single' || how === 'nested' ? 1 : env.dice.between(1, 4));
  const [first] = messages;
  if (first === undefined) return;
  if (how === 'nested') {
    yield* handle(env, by, messages, first.producer);
    return;
  }
  if (how !== 'each') {
    yield* handle(env, by, messages, null);
    return;
  }
  const y = entered(env, by, messages, null, 'receive');
  for (const message of messages) yield* handle(env, by, [message], y.span);
  env.recorder.close(y.span, env.timeline.now);
}

/**
 * Now and then it breaks when it has done half of its work: the messages are put with the dead ones, or lie in the queue
 * again, for another run in another trace.
 */
function* handle(env: Surroundings, by: Consumer, messages: readonly Message[], above: OpenSpan | null): Work {
  const { recorder, timeline, dice } = env;
  const fate = dice.chance(0.9) ? 'done' : dice.chance(0.5) ? 'dead' : 'again';
  const y = entered(env, by, messages, above, 'process');
  if (fate !== 'again' && !by.queue.keeps) for (const { item } of messages) item.people.clear();
  yield* by.body(y);
  if (fate === 'dead') yield* publish(y, by.dead, y.people);
  if (fate === 'again') by.queue.waiting.push(...messages);
  if (fate !== 'done') y.span.attributes['error.type'] = 'Error';
  recorder.close(y.span, timeline.now, fate === 'done' ? 'ok' : 'failed');
}

function entered(
  env: Surroundings,
  { queue, program }: Consumer,
  messages: readonly Message[],
  above: OpenSpan | null,
  does: 'receive' | 'process',
): Execution {
  const { recorder, timeline } = env;
  const trace = above?.trace ?? recorder.trace(env.dice.chance(LOSSY));
  const span = recorder.open(trace, above, program.service, 'consumer', does, timeline.now);
  Object.assign(span.attributes, queue.attributes(does));
  span.did.push({ action: 'read', node: queue.place.node });
  const isNested = messages.length === 1 && above === messages[0]?.producer;
  const linked = isNested ? new Set(messages) : link(span, messages, env);
  const carried = messages.length === 1 ? (messages[0]?.carries ?? []) : [];
  const serving = program.tagging.stamps ? carried : [];
  if (serving.length > 0) span.tags = { people: serving, attribution: 'ambient', role: 'data_subject' };
  const y = new Execution(env, program, trace, span, serving);
  for (const message of messages) {
    const { people, carries } = message;
    for (const [person, was] of people) {
      const came = linked.has(message) && (was || carries.includes(person));
      const told = !trace.lossy && (came || span.named().includes(person));
      y.moved({ person, from: queue.place.node, to: y.node, action: 'read', told }, span);
      y.receive(person, told);
    }
  }
  return y;
}
