import { readFileSync } from 'node:fs';

/** What the application says it did, whatever became of it afterwards. */
export interface Ledger {
  /** Every span that was begun, by id. */
  readonly spans: ReadonlyMap<string, { readonly traceId: string; readonly person: number }>;
  /** Those whose `end()` has returned: none of them may be missing. */
  readonly ended: ReadonlySet<string>;
}

/** A line that was cut off by a kill is no statement, and starts no other: it is dropped with what was glued to it. */
export function readLedger(file: string): Ledger {
  const spans = new Map<string, { traceId: string; person: number }>();
  const ended = new Set<string>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const begin = /^begin ([0-9a-f]{32}) ([0-9a-f]{16}) (\d+)$/.exec(line);
    const end = /^ended ([0-9a-f]{16})$/.exec(line);
    if (begin) spans.set(begin[2] ?? '', { traceId: begin[1] ?? '', person: Number(begin[3]) });
    else if (end) ended.add(end[1] ?? '');
  }
  return { spans, ended };
}
