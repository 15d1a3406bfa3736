import type { Completeness } from './answer.ts';
import type { Disorder } from './clock-disorder.ts';
import { listed } from './words.ts';

/** How clocks that contradict each other are told: services by their names, as in watermarks. */
export function clockRow({ behind, ahead, lagUs }: Disorder): NonNullable<Completeness['clocks']>[number] {
  return { behind: serviceOf(behind), ahead: serviceOf(ahead), atLeastMs: lagUs / 1000 };
}

function clockPhrase({ behind, ahead, lagUs }: Disorder): string {
  const lag = `at least ${duration(lagUs / 1000)}`;
  return behind === ahead
    ? `processes of ${serviceOf(behind)} are ${lag} apart`
    : `${serviceOf(behind)} is ${lag} behind ${serviceOf(ahead)}`;
}

/** @param clocks the largest lag first */
export const clocksPhrase = (clocks: readonly Disorder[]): string => listed(clocks.map(clockPhrase));

const serviceOf = (node: string) => node.replace(/^service:/, '');

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** Rounded down: it is said to be at least so much. */
function duration(ms: number): string {
  const [unitMs, unit] = UNITS.find(([one]) => ms >= 2 * one) ?? [1, 'ms'];
  return `${unitMs === 1 ? ms : Math.floor(ms / unitMs)} ${unit}`;
}
