import { trace } from '@opentelemetry/api';
import { withTool } from '../agent.ts';
import { recordWrite } from '../flow.ts';
import type { VestigeOptions } from '../options.ts';
import { startVestige } from '../start.ts';
import { testOptions } from './options.ts';

/** Ends spans and then ends itself, in one of the ways processes end. Or takes over what a dead one left. */
export interface CrashArgument {
  readonly endpoint: string;
  readonly options: Partial<VestigeOptions>;
  readonly spans: number;
  readonly end:
    | 'kill-in-same-tick'
    | 'kill-after-tick'
    | 'kill-after-declared'
    | 'exit'
    | 'throw'
    | 'rejection'
    | 'unhandled-in-tool'
    | 'return'
    | 'wait'
    | 'recover';
}
const { endpoint, options, spans, end } = JSON.parse(process.argv[2] ?? '{}') as CrashArgument;

const vestige = startVestige(testOptions(endpoint, { handleSignals: true, ...options }));
const tracer = trace.getTracer('app');
for (let i = 0; i < spans; i++) tracer.startSpan(`span ${i}`).end();

switch (end) {
  case 'kill-in-same-tick':
    process.kill(process.pid, 'SIGKILL');
    break;
  case 'kill-after-tick':
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5);
    break;
  case 'kill-after-declared':
    recordWrite({ store: 'store:a', records: [1], subjects: [{ type: 'user_id', value: '1' }] });
    process.kill(process.pid, 'SIGKILL');
    break;
  case 'exit':
    process.exit(3);
    break;
  case 'throw':
    throw new Error('an error of the application');
  case 'rejection':
    void Promise.reject(new Error('an error of the application'));
    break;
  case 'unhandled-in-tool':
    void withTool('t', async () => {
      throw new Error('an error of the application');
    });
    break;
  case 'wait':
    process.stdout.write('ready\n');
    setInterval(() => {}, 1_000);
    break;
  case 'recover':
    await vestige.flush(5_000);
    process.stdout.write(`${JSON.stringify(vestige.stats())}\n`);
    await vestige.shutdown();
    break;
  case 'return':
    break;
}
