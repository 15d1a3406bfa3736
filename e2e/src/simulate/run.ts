import type { Asked } from './ask.ts';
import { askClosure } from './closure-alone.ts';
import { Dice } from './dice.ts';
import { Measured } from './measure.ts';
import { type Simulated, type Size, simulate } from './organisation.ts';
import { type Report, reportOf } from './report.ts';
import { startSimulationStack } from './whole-stack.ts';

export interface Run {
  readonly seed: number;
  readonly size: Size;
  readonly tenants: number;
  /** `stack`: sent to a running collector, asked of the API. `closure`: neither network nor databases. */
  readonly through: 'stack' | 'closure';
}

const DAY_US = 86_400_000_000;
/** Of each answer; what the flows of all the others say is checked as well. */
const EXPLAINED_EDGES = 1;
const PEOPLE_BETWEEN_LINES = 25;

/** Whole days that end before now: a collector refuses spans from the future, and data expires by the clock of the API. */
export function startOf({ days }: Size): number {
  return (Math.floor((Date.now() * 1000) / DAY_US) - days - 1) * DAY_US;
}

export function tenantsOf({ seed, size, tenants }: Omit<Run, 'through'>): Simulated[] {
  const startUs = startOf(size);
  return Array.from({ length: tenants }, (_, tenant) => simulate(seed, size, startUs, tenant));
}

/** @param say told how far it is */
export async function simulateAndAsk(run: Run, say?: (line: string) => void): Promise<Report> {
  const organisations = tenantsOf(run);
  const spans = organisations.reduce((sum, one) => sum + one.spans.length, 0);
  say?.(`${organisations.length} organisations told ${spans.toLocaleString('en')} spans`);
  if (run.through === 'closure') return measured(run.seed, organisations, organisations.map(askClosure), say);
  const stack = await startSimulationStack();
  try {
    const asked = await stack.tell(`seed-${run.seed}`, organisations);
    say?.('all of them are stored; now everybody is asked about');
    return await measured(run.seed, organisations, asked, say);
  } finally {
    await stack.stop();
  }
}

export async function measured(
  seed: number,
  organisations: readonly Simulated[],
  asked: readonly Asked[],
  say?: (line: string) => void,
): Promise<Report> {
  const tenants: Measured[] = [];
  const dice = new Dice(seed);
  for (const [i, organisation] of organisations.entries()) {
    const one = new Measured(organisation);
    const who = asked[i];
    if (!who) throw new Error('nobody can be asked about this tenant');
    for (const [at, person] of organisation.people.entries()) {
      if (at > 0 && at % PEOPLE_BETWEEN_LINES === 0)
        say?.(`tenant ${i + 1}: ${at} of ${organisation.people.length} people`);
      const told = await who.about(person);
      one.add(person, told);
      const edges = told?.edges ?? [];
      for (const edge of dice.shuffled(edges).slice(0, EXPLAINED_EDGES)) {
        one.explained(person, `${edge.from} -> ${edge.to}`, await who.explain(person, edge));
      }
    }
    tenants.push(one);
  }
  const people = organisations.reduce((sum, one) => sum + one.people.length, 0);
  const spans = organisations.reduce((sum, one) => sum + one.spans.length, 0);
  return reportOf(seed, { people, spans }, tenants);
}
