import { handOver, invoke } from './calls.ts';
import type { Dice } from './dice.ts';
import type { Conversation, Execution, Surroundings } from './execution.ts';
import type { Item } from './ground-truth.ts';
import { poll, publish } from './messages.ts';
import { copyInside, read, remove, share, write } from './operations.ts';
import type { Premises } from './premises.ts';
import type { SimPerson } from './span.ts';
import type { Store } from './systems.ts';
import type { Work } from './timeline.ts';

/** How deep executions start each other. */
const DEPTH_MAX = 3;

/** What executions do with what they have. Nobody planned it, so that everything meets everything in the end. */
export class Behaviour {
  readonly #env: Surroundings;
  readonly #dice: Dice;
  readonly #records: Dice;
  readonly #premises: Premises;

  constructor(env: Surroundings, records: Dice, premises: Premises) {
    this.#env = env;
    this.#dice = env.dice;
    this.#records = records;
    this.#premises = premises;
  }

  *act(x: Execution, depth: number): Work {
    for (let steps = this.#dice.between(1, 4); steps > 0; steps--) {
      yield* x.step();
      if (this.#dice.chance(0.15)) yield* x.env.timeline.together([this.#step(x, depth), this.#step(x, depth)]);
      else yield* this.#step(x, depth);
    }
  }

  #step(x: Execution, depth: number): Work {
    const dice = this.#dice;
    const { outside, queues } = this.#premises;
    const what = dice.fraction();
    if (what < 0.25) return this.#readSome(x);
    if (what < 0.43) return this.#writeSome(x);
    if (what < 0.58) return share(x, dice.pick(outside), x.someone());
    if (what < 0.6) return this.#chat(x);
    if (what < 0.83 && depth < DEPTH_MAX) return this.#invokeSome(x, depth);
    if (what < 0.9) return publish(x, dice.pick(queues), x.someone());
    if (what < 0.92) return poll(x, dice.pick(queues));
    if (what < 0.94) return this.#archiveSome(x);
    return this.#removeSome(x);
  }

  #readSome(x: Execution): Work {
    const dice = this.#dice;
    const store = this.#store(x);
    const alive = this.#alive(store);
    // Most look up whom they are busy with; some read what they should not need.
    const own = alive.filter(({ people }) => x.people.some(({ number }) => people.has(number)));
    const from = x.people.length > 0 && dice.chance(0.95) ? own : alive;
    return read(x, store, dice.shuffled(from).slice(0, dice.between(1, 3)));
  }

  #writeSome(x: Execution): Work {
    const dice = this.#dice;
    const store = this.#store(x);
    const source = this.#alive(dice.pick(this.#premises.stores));
    if (source.length > 0 && dice.chance(0.05)) {
      const from = dice.shuffled(source).slice(0, 2);
      return write(x, store, this.#newItem(store), this.#peopleOf(from), { derivedFrom: from });
    }
    const known = this.#alive(store);
    const own = known.filter(({ people }) => x.people.some(({ number }) => people.has(number)));
    const rewritten = x.people.length === 0 || dice.chance(0.05) ? known : own;
    const isOld = rewritten.length > 0 && dice.chance(0.3);
    return write(x, store, isOld ? dice.pick(rewritten) : this.#newItem(store), x.someone());
  }

  /** Of memories the person's own: there is one for a handful of people. */
  #store(x: Execution): Store {
    const { stores, memories } = this.#premises;
    if (!this.#dice.chance(1 / (stores.length + 1))) return this.#dice.pick(stores);
    const [person] = x.people;
    const own = person && memories[person.number % memories.length];
    return own ?? this.#dice.pick(memories);
  }

  #newItem({ place }: Store): Item {
    return place.item(String(this.#dice.between(1, 1_000_000)), `${place.node}#${this.#records.base64url22()}`);
  }

  /** A model call of a plain service that continues a conversation: a turn without an agent (ruling 10). */
  #chat(x: Execution): Work {
    const models = this.#premises.outside.filter(({ kind }) => kind === 'model');
    const isBare = x.program.kind === 'service' && !x.isWithinAgent();
    return share(x, this.#dice.pick(models), x.someone(), isBare ? this.#conversation(x) : null);
  }

  /** Usually one that the person has had before, alone or with others; now and then somebody takes up another one. */
  #conversation(x: Execution): Conversation {
    const { conversations, rooms } = this.#premises;
    const [person] = x.people;
    const room = person && rooms[Math.floor(person.number / 5)];
    if (room && this.#dice.chance(0.1)) return room;
    const own = person && conversations[person.number % conversations.length];
    return own && this.#dice.chance(0.97) ? own : this.#dice.pick(conversations);
  }

  #invokeSome(x: Execution, depth: number): Work {
    const dice = this.#dice;
    const isOwn = (kind: string) => kind !== 'service';
    const callable = this.#premises.programs.filter(
      ({ kind, service }) => (service === x.program.service) === isOwn(kind),
    );
    const program = dice.pick(callable);
    const conversation = program.kind === 'agent' && dice.chance(0.4) ? this.#conversation(x) : null;
    const act = this.act.bind(this);
    if (program.service !== x.program.service && dice.chance(0.15))
      return handOver(x, program, x.someone(), (y) => act(y, depth + 1));
    return invoke(
      x,
      program,
      x.someone(),
      function* (y) {
        yield* act(y, depth + 1);
        return dice.chance(0.05) ? 'fails' : dice.chance(0.2) ? [] : y.someone();
      },
      { conversation },
    );
  }

  #archiveSome(x: Execution): Work {
    const [from, to] = this.#premises.archive;
    const statement = 'INSERT INTO archive SELECT * FROM tickets WHERE closed < $1';
    return copyInside(x, from, to, {
      'db.system.name': 'postgresql',
      'server.address': 'db',
      'db.namespace': 'crm',
      'db.query.text': statement,
    });
  }

  #removeSome(x: Execution): Work {
    const dice = this.#dice;
    const store = this.#store(x);
    const alive = this.#alive(store);
    const what = dice.fraction();
    if (what < 0.5 && alive.length > 0) return remove(x, store, { record: dice.pick(alive) });
    if (what < 0.9 && x.people.length > 0) return remove(x, store, { person: dice.pick(x.people) });
    return what > 0.97 ? remove(x, store, 'everything') : this.#readSome(x);
  }

  #alive({ place }: Store): Item[] {
    return place.alive(this.#env.timeline.now);
  }

  #peopleOf(items: readonly Item[]): SimPerson[] {
    return [...new Set(items.flatMap(({ people }) => [...people.keys()]))].map((number) => this.#env.person(number));
  }
}
