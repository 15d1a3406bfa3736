import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Span, trace } from '@opentelemetry/api';
import { recordWrite, startVestige, withSubject } from '@vestige/sdk';

/**
 * An application that is killed and started again: it handles one person after the other and writes into a ledger of its
 * own what it did, before and after each `end()`.
 *
 * `begin` is on disk before the span can have ended, so a stored span without a `begin` was never made; `ended` is on
 * disk after `end()` returned, so it stands for what the SDK has promised to keep. On the line `finish` it delivers what
 * it has and ends.
 */
export interface ApplicationArgument {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly tenant: string;
  /** base64 */
  readonly subjectKey: string;
  readonly kid: string;
  readonly spoolDir: string;
  readonly ledgerFile: string;
  readonly people: readonly string[];
  readonly store: string;
  readonly everyMs: number;
}
const argument = JSON.parse(process.argv[2] ?? '{}') as ApplicationArgument;
const { people, store, ledgerFile, everyMs, ...options } = argument;

const vestige = startVestige({
  ...options,
  serviceName: 'counter',
  durability: 'each',
  trustedHosts: ['127.0.0.1'],
  // Small enough that batches are under way at every kill, and large enough that the backlog of an outage is soon sent.
  batchMs: 400,
  retryMsMin: 50,
  retryMsMax: 500,
  handleSignals: false,
});
const tracer = trace.getTracer('counter');
const ledger = openSync(ledgerFile, 'a');

function begin(span: Span | undefined, person: number): string {
  const { traceId = '', spanId = '' } = span?.spanContext() ?? {};
  writeSync(ledger, `begin ${traceId} ${spanId} ${person}\n`);
  return spanId;
}
const ended = (spanId: string) => writeSync(ledger, `ended ${spanId}\n`);

let done = 0;
function serve(): void {
  const person = done++ % people.length;
  const identifiers = [{ type: 'email', value: people[person] ?? '' }];
  withSubject({ identifiers, purpose: 'essential.service.operations' }, () =>
    tracer.startActiveSpan('serve', (outer) => {
      const outerId = begin(outer, person);
      let innerId = '';
      recordWrite(
        { store, records: [`${process.pid}-${done}`], ...(done % 2 === 0 ? { subjects: identifiers } : {}) },
        () => {
          innerId = begin(trace.getActiveSpan(), person);
        },
      );
      ended(innerId);
      outer.end();
      ended(outerId);
    }),
  );
}

const working = setInterval(serve, everyMs);
createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line !== 'finish') return;
  clearInterval(working);
  // Every batch of the outages is a request of its own, and a busy machine takes its time for each.
  const delivered = await vestige.flush(150_000);
  process.stdout.write(`${JSON.stringify({ delivered, ...vestige.stats() })}\n`);
  await vestige.shutdown();
  process.exit(0);
});
process.stdout.write('working\n');
