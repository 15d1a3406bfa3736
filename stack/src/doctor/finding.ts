export interface Finding {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'bad';
  /** One sentence. */
  readonly says: string;
  /** What to change; absent for a good one. */
  readonly advice?: string;
}

export const good = (check: string, says: string): Finding => ({ check, state: 'good', says });
export const warning = (check: string, says: string, advice: string): Finding => ({
  check,
  state: 'warning',
  says,
  advice,
});
export const bad = (check: string, says: string, advice: string): Finding => ({ check, state: 'bad', says, advice });

/** Spans are ordered by their own clocks, erasure by the engine's: more than this and "before" is a guess. */
const CLOCK_SKEW_MS_MAX = 1_000;

export function clockFinding(check: string, engine: string, skewMs: number): Finding {
  return Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX
    ? good(check, `The clock of ${engine} agrees with this machine within ${Math.abs(skewMs)} ms.`)
    : bad(check, `The clock of ${engine} is ${skewMs} ms off this machine's.`, 'Run NTP (chrony) on both.');
}
