import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import { postgresRequestStore } from '@vestige/store/requests/postgres-request-store';
import { fillOpenRequests } from '@vestige/store/requests/testing/fill-open-requests';
import { type Latency, measureClaims, measureTextbook } from './measure-claims.ts';

export interface RequestsOptions {
  readonly requests: number;
  readonly tasks: number;
  readonly rounds: number;
}

export interface ClaimCase {
  readonly serves: 'one place' | 'every place';
  readonly max: number;
  readonly claim: Latency;
  readonly report: Latency;
  readonly textbook: Latency;
}

export interface RequestsLine extends RequestsOptions {
  readonly cases: readonly ClaimCase[];
}

/** Claiming and reporting while very much is open; beside it the query that one would write first. */
export async function benchRequests(options: RequestsOptions, say: (text: string) => void): Promise<RequestsLine> {
  const { requests, tasks, rounds } = options;
  const { db, close } = await openTestPostgres();
  try {
    const tenant = (await postgresTenantStore(db).ensureTenant('bench')).id;
    const nodes = Array.from(
      { length: Math.max(1, Math.round(tasks / requests)) },
      (_, index) => `store:bench/${index}`,
    );
    const now = new Date();
    const filling = performance.now();
    await fillOpenRequests(db, tenant, { requests, nodes, from: now.toISOString().slice(0, 10), now });
    say(`${requests} open requests, ${requests * nodes.length} tasks (${Math.round(performance.now() - filling)} ms)`);
    const store = postgresRequestStore(db);
    const cases: ClaimCase[] = [];
    for (const [serves, stores] of [
      ['one place', [nodes.at(-1) ?? '']],
      ['every place', ['*']],
    ] as const) {
      for (const max of [1, 10]) {
        const measured = await measureClaims(store, tenant, { stores, max }, rounds);
        const textbook = await measureTextbook(db, tenant, { stores, max }, Math.min(rounds, 20));
        cases.push({ serves, max, ...measured, textbook });
        say(lineOf(cases.at(-1) as ClaimCase));
      }
    }
    return { ...options, cases };
  } finally {
    await close();
  }
}

function lineOf({ serves, max, claim, report, textbook }: ClaimCase): string {
  const shown = ({ p50Ms, p95Ms }: Latency) => `${p50Ms.toFixed(1)} / ${p95Ms.toFixed(1)} ms`;
  return `${serves.padEnd(12)} up to ${String(max).padStart(2)}: claim ${shown(claim)}, report ${shown(report)}, textbook query ${shown(textbook)} (p50 / p95)`;
}
