import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { openVestige } from '../open.ts';
import type { Problem } from '../problem.ts';
import { testOptions } from './options.ts';

/** An application whose provider was registered through API 1.9, with a Vestige that got a 1.10 beside it. */
const application = fileURLToPath(new URL('../../../examples/existing-setup/', import.meta.url));
const require = createRequire(`${application}package.json`);
const { trace } = require('@opentelemetry/api');
const { TracerProvider } = require('@opentelemetry/sdk-trace');
trace.setGlobalTracerProvider(new TracerProvider());

const problems: Problem[] = [];
const vestige = openVestige({
  ...testOptions('http://127.0.0.1:9'),
  applicationDir: application,
  onProblem: (problem) => problems.push(problem),
});
vestige.check();
await vestige.shutdown(0);
process.stdout.write(`${JSON.stringify(problems)}\n`);
