import { z } from 'zod';

/** Touches of places where data rests or leaves, at one level of detail. Fields that the level does not group by are ''. */
export interface CoverageCount {
  readonly level: 'all' | 'service' | 'peer' | 'site';
  /** `{service}` without the `service:` prefix. */
  readonly service: string;
  readonly peer: string;
  /** Instrumentation scope and span name: where in the code the call is made. */
  readonly scope: string;
  readonly name: string;
  readonly touches: number;
  /** Of these, in traces in which some span says whose data it is. */
  readonly attributed: number;
}

const counted = {
  touches: z.int(),
  attributed: z.int(),
  /** Rounded down to two decimals, so that 100 means all. */
  percent: z.number(),
};

export const CoverageAnswer = z.strictObject({
  window: z.strictObject({ from: z.string().nullable(), to: z.string().nullable() }),
  /** `percent` is null where nothing was touched, which is no coverage and no gap. */
  total: z.strictObject({ touches: z.int(), attributed: z.int(), percent: z.number().nullable() }),
  services: z.array(z.strictObject({ service: z.string(), ...counted })),
  peers: z.array(z.strictObject({ peer: z.string(), ...counted })),
  callSites: z.array(
    z.strictObject({ service: z.string(), scope: z.string(), name: z.string(), peer: z.string(), ...counted }),
  ),
  /** Services, peers or call sites were left out, those with the fewest gaps. The total counts all. */
  truncated: z.boolean(),
});
export type CoverageAnswer = z.infer<typeof CoverageAnswer>;

/**
 * Where subjects are missing (design 04, 07): the worst first, by service, by peer, and by call site.
 *
 * @param counts at most one of level `all`
 */
export function coverageOf(
  counts: readonly CoverageCount[],
  window: CoverageAnswer['window'],
  truncated: boolean,
): CoverageAnswer {
  const of = (level: CoverageCount['level']) => counts.filter((count) => count.level === level).sort(byMissing);
  const { touches = 0, attributed = 0 } = counts.find(({ level }) => level === 'all') ?? {};
  return {
    window,
    total: { touches, attributed, percent: touches === 0 ? null : percentOf(attributed, touches) },
    services: of('service').map(({ service, ...count }) => ({ service, ...numbers(count) })),
    peers: of('peer').map(({ peer, ...count }) => ({ peer, ...numbers(count) })),
    callSites: of('site').map(({ service, scope, name, peer, ...count }) => ({
      service,
      scope,
      name,
      peer,
      ...numbers(count),
    })),
    truncated,
  };
}

const numbers = ({ touches, attributed }: Pick<CoverageCount, 'touches' | 'attributed'>) => ({
  touches,
  attributed,
  percent: percentOf(attributed, touches),
});

function percentOf(attributed: number, touches: number): number {
  return Math.floor((attributed * 10_000) / touches) / 100;
}

function byMissing(a: CoverageCount, b: CoverageCount): number {
  return b.touches - b.attributed - (a.touches - a.attributed) || b.touches - a.touches;
}
