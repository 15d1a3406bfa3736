import type { Dice } from './dice.ts';
import type { GroundTruth, Movement } from './ground-truth.ts';
import type { People, Program } from './programs.ts';
import type { Ending, OpenSpan, OpenTrace, Recorder, SimKind, SimPerson, SimValue, Tags } from './span.ts';
import type { Timeline, Work } from './timeline.ts';

/** Share of the traces of which spans get lost. */
export const LOSSY = 0.04;

/** A call under way: the span that says whose data it moves, and its end. */
export interface Operation {
  readonly span: OpenSpan;
  end(ended?: Ending): void;
}

/** What every execution of one organisation shares. */
export interface Surroundings {
  readonly dice: Dice;
  readonly timeline: Timeline;
  readonly recorder: Recorder;
  readonly truth: GroundTruth;
  readonly people: People;
  person(number: number): SimPerson;
  /** Registers a set of people; its id. */
  nameSet(people: People): string;
  /** Between the steps of an execution, microseconds. */
  readonly stepUs: number;
}

/** A conversation between turns: whom it is about by now, and from whose turns that came. */
export interface Conversation {
  readonly id: string;
  readonly history: Map<SimPerson, Map<string, boolean>>;
}

/**
 * One run of an agent, a tool or a request handler. It really holds the data of people (`hand`), passes on what it has,
 * and leaves spans in the style of its service. Truth is written down where data moves; spans are what is told about it.
 */
export class Execution {
  readonly env: Surroundings;
  readonly program: Program;
  readonly trace: OpenTrace;
  readonly span: OpenSpan;
  /** Whom the running request serves, as the SDK's context knows it. */
  readonly serving: People;
  /** Whose data it has, and whether the way it came is told. */
  readonly hand = new Map<SimPerson, boolean>();
  /** People that one of its spans has named: what it has of them is told from then on. */
  readonly #named = new Set<SimPerson>();

  constructor(env: Surroundings, program: Program, trace: OpenTrace, span: OpenSpan, serving: People) {
    this.env = env;
    this.program = program;
    this.trace = trace;
    this.span = span;
    this.serving = serving;
    this.noteNames(span);
  }

  get node(): string {
    return this.program.node;
  }

  get people(): SimPerson[] {
    return [...this.hand.keys()];
  }

  get dice(): Dice {
    return this.env.dice;
  }

  /** An agent's turn is open around it: what a model is asked then is part of that turn. */
  isWithinAgent(): boolean {
    for (let at: OpenSpan | null = this.span; at !== null; at = at.parent) {
      if (at.attributes['gen_ai.agent.name'] !== undefined && at.attributes['gen_ai.conversation.id'] !== undefined)
        return true;
    }
    return false;
  }

  /** Several of those it has; sometimes nobody: not every call of somebody who knows is about it. */
  someone(): SimPerson[] {
    const { people, dice } = this;
    if (people.length === 0 || dice.chance(0.15)) return [];
    // Most operations are about one of them, or people would be in everything after a few days.
    if (people.length === 1 || dice.chance(0.7)) return [dice.pick(people)];
    return dice.chance(0.5) ? people : dice.some(people, 0.5);
  }

  receive(person: SimPerson, told: boolean): void {
    this.hand.set(person, (this.hand.get(person) ?? false) || told);
  }

  noteNames(span: OpenSpan): void {
    if (!this.trace.lossy) for (const person of span.named()) this.#named.add(person);
  }

  /** Whether what it has of the person now goes out on a path that is told. */
  told(person: SimPerson, span: OpenSpan): boolean {
    if (this.trace.lossy) return false;
    return (this.hand.get(person) ?? false) || this.#named.has(person) || span.named().includes(person);
  }

  *step(): Work {
    yield* this.env.timeline.wait(this.dice.between(this.env.stepUs / 10, this.env.stepUs));
  }

  /** A span for one operation of this execution. */
  open(kind: SimKind, name: string): OpenSpan {
    const { recorder, timeline } = this.env;
    const { tagging, kind: what } = this.program;
    const loses = what !== 'service' && this.dice.chance(tagging.losesNesting);
    const span = recorder.open(this.trace, loses ? null : this.span, this.program.service, kind, name, timeline.now);
    if (loses) span.attributes['vestige.owner'] = this.node;
    return span;
  }

  /**
   * A call to a store. Now and then the code wraps it in a span of its own that says what happens, and the library's span
   * under it says it again: one physical call, told twice.
   */
  begin(
    name: string,
    attributes: Record<string, SimValue>,
    does: 'read' | 'write' | 'delete',
    node: string,
  ): Operation {
    const isWrapped = attributes['vestige.flow.peer'] === undefined && this.dice.chance(0.15);
    const span = this.open(isWrapped ? 'internal' : 'client', name);
    const { recorder, timeline } = this.env;
    const inner = isWrapped
      ? recorder.open(this.trace, span, this.program.service, 'client', name, timeline.now)
      : null;
    if (inner) Object.assign(span.attributes, { 'vestige.flow.action': does, 'vestige.flow.peer': node });
    Object.assign((inner ?? span).attributes, attributes);
    for (const one of [span, inner]) one?.did.push({ action: does, node });
    const end = (ended: Ending = 'ok') => {
      if (ended !== 'ok') {
        for (const one of [inner, span]) {
          if (one) one.attributes['error.type'] = ended === 'no_effect' ? 'ECONNREFUSED' : 'timeout';
        }
      }
      if (inner) this.close(inner, ended);
      this.close(span, ended);
    };
    return { span, end };
  }

  /** @param who whose data the operation moves, all of them: a declaration is the whole truth about its span */
  tag(span: OpenSpan, who: People): void {
    const { tagging } = this.program;
    if (who.length > 0 && this.dice.chance(tagging.declares)) span.tags = this.declares(who);
    else if (tagging.stamps && this.serving.length > 0)
      span.tags = { ...declared(this.serving), attribution: 'ambient' };
    this.noteNames(span);
  }

  /** Tokens, or a set where there are many; now and then a set of few. */
  declares(who: People): Tags {
    const inSet = who.length > 32 || this.dice.chance(0.05);
    const role = this.dice.chance(0.1) ? 'mentioned' : 'data_subject';
    return { ...declared(who), role, ...(inSet ? { set: this.env.nameSet(who) } : {}) };
  }

  close(span: OpenSpan, ended: Ending = 'ok'): void {
    this.env.recorder.close(span, this.env.timeline.now, ended);
  }

  moved(
    movement: Pick<Movement, 'from' | 'to' | 'action' | 'told'> & { person: SimPerson; party?: string },
    span: OpenSpan,
  ): void {
    this.env.truth.moved({
      ...movement,
      person: movement.person.number,
      atUs: this.env.timeline.now,
      traceId: span.trace.traceId,
      spanId: span.spanId,
      party: movement.party ?? '',
    });
  }
}

export const declared = (people: People): Tags => ({ people, attribution: 'declared', role: 'data_subject' });
