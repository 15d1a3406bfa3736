/** `npm run bench -- <name>`: each benchmark reads its own options, and loads only when it is asked for. */
const BENCHMARKS: Record<
  string,
  { readonly says: string; help(): Promise<string>; run(args: string[]): Promise<void> }
> = {
  sdk: {
    says: 'CPU per span that the SDK adds to plain OpenTelemetry (P9)',
    help: async () => (await import('./src/sdk-span-cost.ts')).SDK_HELP,
    run: async (args) => (await import('./src/sdk-span-cost.ts')).sdkSpanCost(args.includes('--json')),
  },
  ingest: {
    says: 'CPU per span from OTLP bytes to a queryable row, against the limit and the usual way (P1, P2)',
    help: async () => (await import('./src/ingest/main.ts')).INGEST_HELP,
    run: async (args) => (await import('./src/ingest/main.ts')).ingestMain(args),
  },
  lineage: {
    says: 'what an answer about one person costs, beside the same question to an exporter’s table (P5, P6, P7)',
    help: async () => (await import('./src/lineage/main.ts')).LINEAGE_HELP,
    run: async (args) => (await import('./src/lineage/main.ts')).lineageMain(args),
  },
  erasure: {
    says: 'people erased from our own telemetry, until the engine’s files are verified to hold nothing (P8)',
    help: async () => (await import('./src/erasure/main.ts')).ERASURE_HELP,
    run: async (args) => (await import('./src/erasure/main.ts')).erasureMain(args),
  },
  requests: {
    says: 'how long a worker waits for its next task while ten thousand requests are open',
    help: async () => (await import('./src/requests/main.ts')).REQUESTS_HELP,
    run: async (args) => (await import('./src/requests/main.ts')).requestsMain(args),
  },
  console: {
    says: 'what a path of 2,000 nodes and 10,000 edges costs a browser: until it is drawn, and while it is moved',
    help: async () => (await import('./src/console/main.ts')).CONSOLE_HELP,
    run: async (args) => (await import('./src/console/main.ts')).consoleMain(args),
  },
  soak: {
    says: 'a steady rate while ClickHouse stands still for a while: nothing lost, nothing twice, memory bounded (P3, P4)',
    help: async () => (await import('./src/soak/main.ts')).SOAK_HELP,
    run: async (args) => (await import('./src/soak/main.ts')).soakMain(args),
  },
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark === undefined) {
  const list = Object.entries(BENCHMARKS).map(([key, { says }]) => `  ${key.padEnd(8)} ${says}`);
  process.stdout.write(`npm run bench -- <name> [--help] [--json]\n\n${list.join('\n')}\n`);
  process.exitCode = name === '' || name === '--help' ? 0 : 2;
} else if (args.includes('--help')) {
  process.stdout.write(await benchmark.help());
} else {
  await benchmark.run(args).catch((error: NodeJS.ErrnoException) => {
    if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    process.stderr.write(`${error.message}\nnpm run bench -- ${name} --help says what it takes.\n`);
    process.exitCode = 2;
  });
}
