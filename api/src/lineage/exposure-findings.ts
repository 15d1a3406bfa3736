import { type Disorder, largestDisorders } from '@vestige/core/lineage/clock-disorder';
import type { ClosureResult } from '@vestige/core/lineage/closure';
import type { Directory } from '@vestige/core/lineage/directory';
import { type ExposureQuestion, exposureOf, type PersonExposure } from '@vestige/core/lineage/exposure';
import {
  type ExposureAnswer,
  exposureAnswer,
  type ExposureFindings as Found,
} from '@vestige/core/lineage/exposure-answer';
import { isOwnWord } from '@vestige/core/lineage/trace-alone';
import type { Told } from './exposure-alone.ts';
import type { Candidates } from './exposure-reach.ts';
import type { TracesAtTarget } from './exposure-traces.ts';

/** An exposed person, for those who may see the list. */
export interface ExposedPerson {
  readonly subjectId: string;
  readonly exposure: PersonExposure;
}

export interface Exposure {
  readonly answer: ExposureAnswer;
  /** By subject id. */
  readonly people: readonly ExposedPerson[];
}

/** How far the following has come while an answer grows: whom nobody has followed yet is counted among its gaps. */
export interface Growing {
  readonly followed: number;
  readonly toFollow: number;
}

/** What may hide people of whom nobody can say whether there are any. */
type Blind = Pick<Found, 'cutSpans' | 'olderReadings'>;

/**
 * What is known so far of who was affected: first what the traces at the target told, then ever more by following people.
 * At any time it tells a lower bound, with what is missing among its gaps.
 */
export class ExposureFindings {
  readonly #question: ExposureQuestion;
  readonly #names: Directory;
  readonly #at: TracesAtTarget;
  readonly #candidates: Candidates;
  readonly #told: Told;
  readonly #affected = new Map<string, PersonExposure>();
  /** Of whom those traces leave something open, and everybody who may have been there. */
  readonly #open: ReadonlySet<string>;
  readonly #mayBe: ReadonlySet<string>;
  /** To be followed, and not yet, or not to the end. */
  readonly #unsettled: Set<string>;
  readonly #toFollow: number;
  readonly #followed = new Set<string>();
  readonly #explained: Set<string>;
  readonly #blind: Blind;
  #clocks: readonly Disorder[];

  constructor(
    question: ExposureQuestion,
    names: Directory,
    at: TracesAtTarget,
    candidates: Candidates,
    told: Told,
    blind: Blind,
  ) {
    this.#blind = blind;
    this.#question = question;
    this.#names = names;
    this.#at = at;
    this.#candidates = candidates;
    this.#told = told;
    this.#explained = new Set(told.explained);
    this.#clocks = told.clocks;
    for (const [subjectId, flows] of told.flows) {
      const found = exposureOf(flows, question);
      if (found !== null) this.#affected.set(subjectId, found);
    }
    const open = new Set([...told.open, ...candidates.peopleOf(at.sources)]);
    this.#open = open;
    this.#mayBe = new Set([...told.flows.keys(), ...open]);
    const whole = question.includeDownstream ? this.#affected.keys() : [];
    this.#unsettled = new Set([...open, ...whole]);
    this.#toFollow = this.#unsettled.size;
  }

  /** People of whom it is not known whether they were affected. */
  undecided(): string[] {
    return [...this.#open].filter((subjectId) => !this.#affected.has(subjectId));
  }

  /** People who were affected, and of whom there may be more to tell, whom nobody has tried to follow. */
  unfinished(): string[] {
    return [...this.#unsettled].filter((subjectId) => this.#affected.has(subjectId) && !this.#followed.has(subjectId));
  }

  /** Takes what somebody was found to be by following them. */
  follow(subjectId: string, { flows, truncated, clocks }: Pick<ClosureResult, 'flows' | 'truncated' | 'clocks'>): void {
    this.#followed.add(subjectId);
    if (clocks.length > 0) this.#clocks = largestDisorders([this.#clocks, clocks]);
    for (const { traceId, actor } of flows) if (!actor) this.#explained.add(traceId);
    const found = exposureOf(flows, this.#question);
    // Of what was cut off a delete may be missing, which takes back what was only inferred.
    const sure = found !== null && (!truncated || (isOwnWord(found) && !this.#affected.has(subjectId)));
    if (sure) this.#affected.set(subjectId, found);
    if (!truncated) this.#unsettled.delete(subjectId);
  }

  get growing(): Growing {
    return { followed: this.#followed.size, toFollow: this.#toFollow };
  }

  exposure(): Exposure {
    const people = [...this.#affected]
      .map(([subjectId, exposure]) => ({ subjectId, exposure }))
      .sort((a, b) => (a.subjectId < b.subjectId ? -1 : 1));
    // Whoever was found although they were cut off was affected; of whom not, nobody knows.
    const doubtful = new Set([...this.#unsettled].filter((subjectId) => !this.#affected.has(subjectId)));
    const { gone, ownWork } = this.#told;
    const settled = this.#at.direct.filter(
      (traceId) =>
        !this.#explained.has(traceId) && !ownWork.has(traceId) && !this.#candidates.isAnyOf(doubtful, traceId),
    );
    const cutBy = [
      ...(this.#at.cut ? ['more happened there than is looked through'] : []),
      ...this.#candidates.cutBy,
      ...(this.#told.cut ? ['its traces have more spans than are looked through'] : []),
    ];
    const answer = exposureAnswer({
      people: people.map(({ exposure }) => exposure),
      directory: this.#names,
      candidates: this.#mayBe.size,
      gaps: {
        // A span stays tagged when the person it was about is erased: nobody leads to them any more.
        unexplainedTraces: settled.filter((traceId) => !gone.has(traceId)).length,
        erasedTraces: settled.filter((traceId) => gone.has(traceId)).length,
        notFollowed: doubtful.size,
        partlyFollowed: this.#unsettled.size - doubtful.size,
        searchCut: cutBy.length > 0,
        uncategorised: people.filter(({ exposure }) => exposure.uncategorised).length,
      },
      cutBy,
      clocks: this.#clocks,
      ...this.#blind,
    });
    return { answer, people };
  }
}
