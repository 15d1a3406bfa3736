import { parseArgs } from 'node:util';
import { sdkSpanCost } from './sdk-span-cost.ts';

const BENCHMARKS: Record<string, { readonly says: string; run(json: boolean): Promise<void> }> = {
  sdk: { says: 'CPU per span that the SDK adds to plain OpenTelemetry (P9)', run: sdkSpanCost },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const benchmark = BENCHMARKS[name];
if (benchmark) {
  await benchmark.run(values.json);
} else {
  const list = Object.entries(BENCHMARKS).map(([key, { says }]) => `  ${key.padEnd(8)} ${says}`);
  process.stdout.write(`npm run bench -- <name> [--json]\n\n${list.join('\n')}\n`);
  process.exitCode = name === '' ? 0 : 2;
}
