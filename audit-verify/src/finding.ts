/**
 * What a check has to say.
 *
 * `broken`: the evidence contradicts itself or what the auditor brought; nothing may be believed that rests on it.
 * `gap`: nothing contradicts, and something that should be there is not. `note`: worth knowing, and in order.
 */
export interface Finding {
  readonly level: 'broken' | 'gap' | 'note';
  /** The check, and what it found: stable names for machines. */
  readonly check: CheckName;
  readonly code: string;
  /** Where: a file, an index, an id. */
  readonly at: string;
  readonly says: string;
  /** What an auditor does about it. */
  readonly advice: string;
}

/** The eight checks of the design, in their order. */
export const CHECKS = {
  notes: 'The checkpoints are signed by keys that are trusted',
  roots: 'The entries have the root hashes that the checkpoints promise',
  kept: 'The checkpoints kept elsewhere are part of this log',
  times: 'Times run forward, and time stamps confirm them',
  payloads: 'Payloads are what the entries committed to, or were erased by right',
  states: 'Every request and task went through permitted states only',
  certificates: 'Certificates say what the log says',
  gaps: 'The log was alive every day',
} as const;
export type CheckName = keyof typeof CHECKS;

export type Report = (
  level: Finding['level'],
  check: CheckName,
  code: string,
  at: string,
  says: string,
  advice: string,
) => void;

/** Beyond this many findings of one code nothing new is learnt; the rest are counted. */
const FINDINGS_PER_CODE_MAX = 20;

export class Findings {
  readonly list: Finding[] = [];
  readonly #counts = new Map<string, number>();

  readonly add: Report = (level, check, code, at, says, advice) => {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= FINDINGS_PER_CODE_MAX) this.list.push({ level, check, code, at, says, advice });
  };

  /** How often each code was found, the ones that are not listed included. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  has(level: Finding['level'], check?: CheckName): boolean {
    return this.list.some((each) => each.level === level && (check === undefined || each.check === check));
  }
}
