import { table } from '../terminal.ts';

/** The fields of the API's answers that the command line shows; `--json` passes the whole answer on. */
export interface RequestJson {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly attention: string | null;
  readonly receivedAt: string;
  readonly clock: { readonly due: string; readonly paused: boolean };
  readonly planHash: string | null;
  readonly progress: Readonly<Record<string, number>>;
}

export interface PlanJson {
  readonly version: number;
  readonly hash: string;
  readonly targets: readonly {
    readonly node: string;
    readonly action: string;
    readonly origin: string;
    readonly confidence: string | null;
    readonly counted: number | null;
  }[];
}

export interface TaskJson {
  readonly id: string;
  readonly node: string;
  readonly action: string;
  readonly state: string;
  readonly counts: { readonly found: number; readonly erased: number; readonly residual: number } | null;
  readonly failure: { readonly code: string } | null;
}

export const ENDED: ReadonlySet<string> = new Set([
  'completed',
  'completed_with_exceptions',
  'duplicate',
  'expired',
  'refused',
  'withdrawn',
]);

export function requestText(request: RequestJson): string {
  const tasks = Object.entries(request.progress).map(([state, count]) => `${count} ${state}`);
  return table([
    ['Request', request.id],
    ['Type', request.type],
    ['State', request.state],
    ...(request.attention === null ? [] : [['Waits for', request.attention]]),
    ['Received', request.receivedAt],
    ['Due', `${request.clock.due}${request.clock.paused ? ' (the clock is paused)' : ''}`],
    ...(tasks.length === 0 ? [] : [['Tasks', tasks.join(', ')]]),
  ]);
}
