import { dropped, renamed, runJob } from './batch-jobs.ts';
import { Behaviour } from './behaviour.ts';
import { Dice } from './dice.ts';
import { declared, Execution, LOSSY, type Surroundings } from './execution.ts';
import { GroundTruth } from './ground-truth.ts';
import { consume } from './messages.ts';
import { eraseForRequest } from './own-work.ts';
import { type Premises, premises, type Registry } from './premises.ts';
import type { Program } from './programs.ts';
import { type OpenSpan, Recorder, type SimPerson, type SimSpan, type SubjectSet } from './span.ts';
import { Timeline, type Work } from './timeline.ts';

export interface Size {
  readonly people: number;
  readonly days: number;
  /** How far the clock of one service is off, beyond what those of the others are. */
  readonly wrongClockUs?: number;
  /** Links that SDKs keep of a span; all of them where it is absent. */
  readonly linksMax?: number;
}

/** What one tenant's organisation did, what it told, and what is true. */
export interface Simulated {
  readonly spans: readonly SimSpan[];
  /** OpenLineage. */
  readonly events: readonly unknown[];
  readonly sets: readonly SubjectSet[];
  readonly truth: GroundTruth;
  readonly people: readonly SimPerson[];
  readonly services: readonly string[];
  readonly registry: Registry;
}

const DAY_US = 86_400_000_000;

/**
 * One tenant's organisation. The same seed and tenant give the same history; another tenant of the same seed does other
 * things, to people, traces and records that bear the same names.
 *
 * @param startUs when the first day begins, by the true clock
 */
export function simulate(seed: number, size: Size, startUs: number, tenant = 0): Simulated {
  return new Organisation(seed, tenant, size, startUs).live(size.days);
}

class Organisation {
  readonly #env: Surroundings;
  readonly #truth = new GroundTruth();
  readonly #people: readonly SimPerson[];
  readonly #premises: Premises;
  readonly #behaviour: Behaviour;
  readonly #recorder: Recorder;
  readonly #events: unknown[] = [];
  readonly #sets: SubjectSet[] = [];
  readonly #startUs: number;

  constructor(seed: number, tenant: number, { people: count, wrongClockUs, linksMax }: Size, startUs: number) {
    const dice = new Dice(seed * 1_000 + tenant);
    const [trace, span, person, record] = [0, 1, 2, 3].map((kind) => new Dice(seed * 10 + kind)) as [
      Dice,
      Dice,
      Dice,
      Dice,
    ];
    const ids = { trace, span, person, record };
    const people = Array.from({ length: count }, (_, number) => ({ number, token: `ps1.k1.${person.base64url22()}` }));
    const sets = this.#sets;
    this.#people = people;
    this.#startUs = startUs;
    this.#recorder = new Recorder(dice, ids, linksMax);
    this.#env = {
      dice,
      timeline: new Timeline(startUs),
      recorder: this.#recorder,
      truth: this.#truth,
      people,
      stepUs: 40_000,
      person(number) {
        const found = people[number];
        if (!found) throw new Error('nobody has this number');
        return found;
      },
      nameSet(some) {
        const id = `set_simulated_${sets.length}`;
        sets.push({ id, people: some });
        return id;
      },
    };
    this.#premises = premises(dice, ids, this.#truth, count, wrongClockUs);
    this.#behaviour = new Behaviour(this.#env, record, this.#premises);
  }

  live(days: number): Simulated {
    const { timeline, dice } = this.#env;
    const requests = Math.max(30, Math.ceil(this.#people.length * days * 0.5));
    for (let i = 0; i < requests; ) {
      // Things happen in bursts: what runs at the same time must not be mixed up.
      const at = this.#startUs + Math.floor(dice.fraction() * days * DAY_US);
      for (let burst = dice.between(1, 4); burst > 0; burst--, i++) {
        timeline.start(at + dice.between(0, 300_000), this.#something());
      }
    }
    for (let day = 0; day < days; day++) {
      for (const job of this.#premises.jobs) {
        timeline.start(this.#startUs + day * DAY_US + dice.between(0, DAY_US), runJob(this.#env, this.#events, job));
      }
    }
    timeline.run();
    this.#truth.endUs = this.#startUs + (days + 1) * DAY_US;
    return {
      spans: this.#recorder.told(),
      events: this.#events,
      sets: this.#sets,
      truth: this.#truth,
      people: this.#people,
      services: this.#premises.services.map(({ name }) => name),
      registry: this.#premises.registry,
    };
  }

  #something(): Work {
    const { dice } = this.#env;
    const what = dice.fraction();
    if (what < 0.6) return this.#request();
    if (what < 0.85) return this.#consumer();
    if (what < 0.95) return this.#cron();
    if (what < 0.98) return this.#cleanUp();
    return eraseForRequest(this.#env, this.#service(), dice.pick(this.#people), dice.some(this.#premises.stores, 0.5));
  }

  #service(): Program {
    return this.#env.dice.pick(this.#premises.programs.filter(({ kind }) => kind === 'service'));
  }

  /** Somebody outside calls one of the services; now and then an employee does, on behalf of a customer. */
  *#request(): Work {
    const { dice, timeline, recorder } = this.#env;
    const program = this.#service();
    const who = dice.chance(0.8) ? [dice.pick(this.#people)] : dice.some(this.#people, 0.2).slice(0, 4);
    const trace = recorder.trace(dice.chance(LOSSY));
    const root = recorder.open(trace, null, program.service, 'server', 'POST /', timeline.now);
    Object.assign(root.attributes, {
      'http.request.method': 'POST',
      'url.path': '/',
      'http.response.status_code': 200,
    });
    const employee = dice.chance(0.1) ? dice.pick(this.#people) : null;
    const serving = program.tagging.stamps && employee === null ? who : [];
    if (employee !== null) this.#actsOn(root, employee);
    else if (who.length > 0 && dice.chance(program.tagging.tagsEntry)) {
      root.tags = { ...declared(who), attribution: serving.length > 0 || dice.chance(0.5) ? 'ambient' : 'declared' };
    }
    const x = new Execution(this.#env, program, trace, root, serving);
    const client = `client:${program.service.name}`;
    for (const person of who) {
      const told = !trace.lossy && root.named().includes(person);
      x.moved({ person, from: client, to: x.node, action: 'receive', told }, root);
      x.receive(person, told);
    }
    yield* this.#behaviour.act(x, 0);
    const isDeclared = root.tags?.attribution === 'declared' && root.tags.role !== 'actor';
    // Who is told that it broke is told nothing about anybody.
    const broke = dice.chance(0.03);
    const given = isDeclared ? (root.tags?.people ?? []) : x.someone();
    for (const person of broke ? [] : given) {
      x.moved({ person, from: x.node, to: client, action: 'share', told: x.told(person, root) }, root);
    }
    if (broke) root.attributes['http.response.status_code'] = 500;
    x.close(root, broke ? 'failed' : 'ok');
  }

  /** The span says who acts, which says nothing of whose data it handles (ruling 8). */
  #actsOn(root: OpenSpan, employee: SimPerson): void {
    const attribution = this.#env.dice.chance(0.5) ? 'declared' : 'ambient';
    root.tags = { people: [employee], attribution, role: 'actor' };
  }

  *#consumer(): Work {
    const how = this.#env.dice.pick(['single', 'nested', 'batch', 'each'] as const);
    const { queues, dead } = this.#premises;
    const body = (y: Execution) => this.#behaviour.act(y, 1);
    const queue = this.#env.dice.pick([...queues, dead]);
    yield* consume(this.#env, { queue, dead, program: this.#service(), body }, how);
  }

  /** Work that nobody asked for: it acts on what it finds. */
  *#cron(): Work {
    const { timeline, recorder, dice } = this.#env;
    const program = this.#service();
    const trace = recorder.trace(dice.chance(LOSSY));
    const root = recorder.open(trace, null, program.service, 'internal', 'cron', timeline.now);
    const x = new Execution(this.#env, program, trace, root, []);
    yield* this.#behaviour.act(x, 0);
    x.close(root);
  }

  *#cleanUp(): Work {
    const { dice, timeline } = this.#env;
    yield* timeline.wait(0);
    const [from, to] = this.#premises.renames;
    if (dice.chance(0.3)) renamed(this.#env, this.#events, from, to);
    else dropped(this.#env, this.#events, dice.pick(this.#premises.stores), dice.pick(['DROP', 'TRUNCATE']));
  }
}
