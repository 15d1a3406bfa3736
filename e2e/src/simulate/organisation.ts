import { type BatchJob, dropped, runJob } from './batch-jobs.ts';
import { invoke } from './calls.ts';
import { Dice } from './dice.ts';
import { type Conversation, declared, Execution, type Surroundings } from './execution.ts';
import { GroundTruth, type Item } from './ground-truth.ts';
import { bullmq, consume, kafka, publish, type Queue } from './messages.ts';
import { read, remove, share, write } from './operations.ts';
import { type People, type Program, TAGGINGS } from './programs.ts';
import { Recorder, type SimPerson, type SimService, type SimSpan } from './span.ts';
import {
  declaredStore,
  memory,
  model,
  mongo,
  type Outside,
  objects,
  postgres,
  redis,
  type Store,
  vectors,
  webApi,
} from './systems.ts';
import { Timeline, type Work } from './timeline.ts';

export interface Size {
  readonly people: number;
  readonly days: number;
}

/** What one tenant's organisation did, what it told, and what is true. */
export interface Simulated {
  readonly spans: readonly SimSpan[];
  readonly events: readonly unknown[];
  readonly truth: GroundTruth;
  readonly people: readonly SimPerson[];
  readonly services: readonly string[];
  readonly parties: readonly { readonly id: string; readonly hosts: readonly string[] }[];
}

const DAY_US = 86_400_000_000;
/** The registered one of the outside parties. */
const PARTY = { id: 'model-maker', hosts: ['models.example'] };

/**
 * One tenant's organisation. The same seed and tenant give the same history; another tenant of the same seed does other
 * things, to people, traces and records that bear the same names.
 *
 * @param startUs when the first day begins, by the true clock
 */
export function simulate(seed: number, { people: count, days }: Size, startUs: number, tenant = 0): Simulated {
  return new Organisation(seed, tenant, count, startUs).live(days);
}

class Organisation {
  readonly #dice: Dice;
  readonly #records: Dice;
  readonly #env: Surroundings;
  readonly #truth = new GroundTruth();
  readonly #people: SimPerson[];
  readonly #services: readonly SimService[];
  readonly #programs: readonly Program[];
  readonly #stores: readonly Store[];
  readonly #outside: readonly Outside[];
  readonly #queues: readonly Queue[];
  readonly #jobs: readonly BatchJob[];
  readonly #conversations: readonly Conversation[];
  readonly #events: unknown[] = [];
  readonly #startUs: number;
  readonly #recorder: Recorder;

  constructor(seed: number, tenant: number, people: number, startUs: number) {
    const dice = new Dice(seed * 1_000 + tenant);
    const ids = {
      trace: new Dice(seed),
      span: new Dice(seed + 1),
      person: new Dice(seed + 2),
      record: new Dice(seed + 3),
    };
    this.#records = ids.record;
    this.#dice = dice;
    this.#startUs = startUs;
    this.#people = Array.from({ length: people }, (_, number) => ({
      number,
      token: `ps1.k1.${ids.person.base64url22()}`,
    }));
    this.#recorder = new Recorder(dice, ids);
    const byNumber = this.#people;
    this.#env = {
      dice,
      timeline: new Timeline(startUs),
      recorder: this.#recorder,
      truth: this.#truth,
      stepUs: 40_000,
      person(number) {
        const found = byNumber[number];
        if (!found) throw new Error('nobody has this number');
        return found;
      },
    };
    const service = (name: string): SimService => ({
      name,
      skewUs: dice.between(-45_000, 45_000),
      coarse: dice.chance(0.4),
      numbered: dice.chance(0.6),
    });
    this.#services = ['desk', 'billing', 'mailer', 'report'].map(service);
    this.#programs = this.#services.flatMap((one) =>
      programsOf(one, TAGGINGS[dice.pick(Object.keys(TAGGINGS) as (keyof typeof TAGGINGS)[])]),
    );
    this.#stores = [
      postgres(this.#truth, 'db', 'crm', 'customers'),
      postgres(this.#truth, 'db', 'crm', 'tickets', true),
      redis(this.#truth, 'cache', 'session'),
      objects(this.#truth, 'exports', 'letters'),
      mongo(this.#truth, 'docs', 'desk', 'notes'),
      vectors(this.#truth, 'vectors', 'cases'),
      declaredStore(this.#truth, 'sheets', 'callbacks'),
      memory(this.#truth, 'recall', 'notes'),
    ];
    this.#outside = [
      model('openai', 'gpt-5', 'api.models.example', PARTY.id),
      model('anthropic', 'claude', 'api.claude.example', 'api.claude.example'),
      webApi('api.mail.example', 'mail.example'),
      webApi('hooks.ads.example', 'ads.example'),
    ];
    this.#queues = [
      kafka(this.#truth.place('queue:kafka://broker:9092/tickets'), 'tickets'),
      bullmq(this.#truth.place('queue:bullmq://jobs:6379/letters'), 'letters'),
    ];
    this.#jobs = jobsOf(this.#stores, this.#truth);
    this.#conversations = Array.from({ length: 6 }, () => ({ id: ids.person.uuid(4, 0), history: new Map() }));
  }

  live(days: number): Simulated {
    const { timeline } = this.#env;
    const dice = this.#dice;
    const requests = Math.max(30, Math.ceil(this.#people.length * days * 0.5));
    for (let i = 0; i < requests; ) {
      // Things happen in bursts: what runs at the same time must not be mixed up.
      const at = this.#startUs + Math.floor(dice.fraction() * days * DAY_US);
      for (let burst = dice.between(1, 4); burst > 0; burst--, i++) {
        timeline.start(at + dice.between(0, 300_000), this.#something());
      }
    }
    for (let day = 0; day < days; day++) {
      for (const job of this.#jobs) {
        timeline.start(this.#startUs + day * DAY_US + dice.between(0, DAY_US), runJob(this.#env, this.#events, job));
      }
    }
    timeline.run();
    this.#truth.endUs = this.#startUs + days * DAY_US + DAY_US;
    return {
      spans: this.#recorder.spans,
      events: this.#events,
      truth: this.#truth,
      people: this.#people,
      services: this.#services.map(({ name }) => name),
      parties: [PARTY],
    };
  }

  #something(): Work {
    const dice = this.#dice;
    const what = dice.fraction();
    if (what < 0.6) return this.#request();
    if (what < 0.85) return this.#consumer();
    if (what < 0.97) return this.#cron();
    return this.#cleanUp();
  }

  /** Somebody outside calls one of the services. */
  *#request(): Work {
    const { dice, timeline, recorder } = this.#env;
    const program = dice.pick(this.#programs.filter(({ kind }) => kind === 'service'));
    const who = dice.chance(0.8) ? [dice.pick(this.#people)] : dice.some(this.#people, 0.2).slice(0, 4);
    const trace = recorder.trace();
    const root = recorder.open(trace, null, program.service, 'server', 'POST /', timeline.now);
    Object.assign(root.attributes, {
      'http.request.method': 'POST',
      'url.path': '/',
      'http.response.status_code': 200,
    });
    const serving = program.tagging.stamps ? who : [];
    if (who.length > 0 && dice.chance(program.tagging.tagsEntry)) {
      root.tags = { ...declared(who), attribution: serving.length > 0 || dice.chance(0.5) ? 'ambient' : 'declared' };
    }
    const x = new Execution(this.#env, program, trace, root, serving);
    const client = `client:${program.service.name}`;
    for (const person of who) {
      const told = !trace.lossy && root.named().includes(person);
      x.moved({ person, from: client, to: x.node, action: 'receive', told }, root);
      x.receive(person, told);
    }
    yield* this.#act(x, 0);
    const answered = root.tags?.attribution === 'declared' ? root.tags.people : x.someone();
    for (const person of answered) {
      x.moved({ person, from: x.node, to: client, action: 'share', told: x.told(person, root) }, root);
    }
    x.close(root);
  }

  *#consumer(): Work {
    const { dice } = this.#env;
    const program = dice.pick(this.#programs.filter(({ kind }) => kind === 'service'));
    const how = dice.pick(['single', 'nested', 'batch', 'each'] as const);
    yield* consume(this.#env, dice.pick(this.#queues), program, how, (y) => this.#act(y, 1));
  }

  /** Work that nobody asked for: it reads what it finds. */
  *#cron(): Work {
    const { dice, timeline, recorder } = this.#env;
    const program = dice.pick(this.#programs.filter(({ kind }) => kind === 'service'));
    const trace = recorder.trace();
    const root = recorder.open(trace, null, program.service, 'internal', 'cron', timeline.now);
    const x = new Execution(this.#env, program, trace, root, []);
    yield* this.#act(x, 0);
    x.close(root);
  }

  *#cleanUp(): Work {
    const { dice } = this.#env;
    const store = dice.pick(this.#stores);
    if (dice.chance(0.5)) dropped(this.#env, this.#events, store, dice.pick(['DROP', 'TRUNCATE']));
    yield* this.#env.timeline.wait(0);
  }

  /** What an execution does with what it has; nobody planned it. */
  *#act(x: Execution, depth: number): Work {
    for (let steps = this.#dice.between(1, 4); steps > 0; steps--) {
      yield* x.step();
      if (this.#dice.chance(0.15)) yield* x.env.timeline.together([this.#step(x, depth), this.#step(x, depth)]);
      else yield* this.#step(x, depth);
    }
  }

  #step(x: Execution, depth: number): Work {
    const dice = this.#dice;
    const what = dice.fraction();
    if (what < 0.25) return this.#readSome(x);
    if (what < 0.45) return this.#writeSome(x);
    if (what < 0.6) return share(x, dice.pick(this.#outside), x.someone());
    if (what < 0.85 && depth < 3) return this.#invokeSome(x, depth);
    if (what < 0.93) return publish(x, dice.pick(this.#queues), x.someone());
    return this.#removeSome(x);
  }

  #readSome(x: Execution): Work {
    const dice = this.#dice;
    const store = dice.pick(this.#stores);
    const alive = store.place.alive(this.#env.timeline.now);
    const own = alive.filter(({ people }) => x.people.some(({ number }) => people.has(number)));
    const from = own.length > 0 && dice.chance(0.5) ? own : alive;
    return read(x, store, dice.shuffled(from).slice(0, dice.between(1, 3)));
  }

  #writeSome(x: Execution): Work {
    const dice = this.#dice;
    const store = dice.pick(this.#stores);
    const who = x.someone();
    const known = store.place.alive(this.#env.timeline.now);
    return write(x, store, known.length > 0 && dice.chance(0.3) ? dice.pick(known) : this.#newItem(store), who);
  }

  #newItem(store: Store): Item {
    return store.place.item(
      String(this.#dice.between(1, 1_000_000)),
      `${store.place.node}#${this.#records.base64url22()}`,
    );
  }

  #invokeSome(x: Execution, depth: number): Work {
    const dice = this.#dice;
    const callable = this.#programs.filter(
      ({ kind, service }) => (service === x.program.service) === (kind !== 'service'),
    );
    const program = dice.pick(callable);
    const conversation = program.kind === 'agent' && dice.chance(0.4) ? dice.pick(this.#conversations) : null;
    const act = this.#act.bind(this);
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

  #removeSome(x: Execution): Work {
    const dice = this.#dice;
    const store = dice.pick(this.#stores);
    const alive = store.place.alive(this.#env.timeline.now);
    const what = dice.fraction();
    const somebody: People = x.people;
    if (what < 0.5 && alive.length > 0) return remove(x, store, { record: dice.pick(alive) });
    if (what < 0.9 && somebody.length > 0) return remove(x, store, { person: dice.pick(somebody) });
    return what > 0.97 ? remove(x, store, 'everything') : this.#readSome(x);
  }
}

function programsOf(service: SimService, tagging: Program['tagging']): Program[] {
  const program = (kind: Program['kind'], name: string): Program => ({
    node: kind === 'service' ? `service:${service.name}` : `${kind}:${service.name}/${name}`,
    kind,
    name,
    service,
    tagging,
  });
  return [
    program('service', service.name),
    program('agent', 'triage'),
    program('agent', 'writer'),
    program('tool', 'lookup'),
  ];
}

function jobsOf(stores: readonly Store[], truth: GroundTruth): BatchJob[] {
  const [customers, tickets] = stores as [Store, Store];
  const warehouse = declaredStore(truth, 'snowflake://acme', 'wh.public.customers');
  const figures = declaredStore(truth, 'snowflake://acme', 'wh.public.figures');
  return [
    { name: 'copy', inputs: [customers, tickets], output: warehouse, copies: 0.8, overwrites: false },
    { name: 'figures', inputs: [warehouse], output: figures, copies: 0, overwrites: true },
  ];
}
