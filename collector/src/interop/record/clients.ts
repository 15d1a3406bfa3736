import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { RecordingServer } from './recording-server.ts';

/** One real client in one configuration, that sends the common scenario to the recording server. */
export interface Client {
  /** File name of its fixture. */
  readonly name: string;
  /** Product and version, as a person would say it. */
  readonly says: string;
  /** @returns the JSON line its program ends with */
  run(server: RecordingServer): Promise<string>;
}

export const CLIENT_KINDS = ['python', 'go', 'java', 'otelcol'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

const call = promisify(execFile);
const HERE = import.meta.dirname;
const RECORD_KEY = 'Bearer vst_recorded';

type Protocol = 'http/protobuf' | 'grpc';
type Settings = Readonly<Record<string, string>>;

/**
 * Builds one kind of client, with the toolchain of its language (`python3`, `go`, `mvn` with a JDK), which fetches what
 * its manifest names.
 *
 * @param workDir for what is built; kept, so that a second run is quick
 */
export async function buildClients(kind: ClientKind, workDir: string): Promise<Client[]> {
  if (kind === 'python') return sdkClients(kind, 'OpenTelemetry Python 1.45.2', await buildPython(workDir));
  if (kind === 'go') return sdkClients(kind, 'OpenTelemetry Go 1.47.0', [await buildGo(workDir)]);
  if (kind === 'java') return sdkClients(kind, 'OpenTelemetry Java 1.67.0', await buildJava(workDir));
  return relays(await buildCollector(workDir), await buildGo(workDir));
}

/** An SDK is configured by the variables of the OpenTelemetry specification. */
function sdkClients(kind: ClientKind, says: string, command: readonly string[]): Client[] {
  const protocols: readonly Protocol[] = ['http/protobuf', 'grpc'];
  return protocols.flatMap((protocol) =>
    ['none', 'gzip'].map((compression) => ({
      name: `${kind}-${protocol === 'grpc' ? 'grpc' : 'http'}-${compression}`,
      says,
      run: (server) => {
        const endpoint = protocol === 'grpc' ? server.grpcUrl : server.httpUrl;
        // Python's gRPC exporter does not know the value `none`, so no compression is no setting.
        const compressed = compression === 'none' ? {} : { OTEL_EXPORTER_OTLP_COMPRESSION: compression };
        return runProgram(command, { ...sdkSettings(endpoint, protocol), ...compressed });
      },
    })),
  );
}

function sdkSettings(endpoint: string, protocol: Protocol): Settings {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(RECORD_KEY)}`,
    // What Java reads besides; the other programs say it in code.
    OTEL_SERVICE_NAME: 'checkout',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.version=1.0',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
}

/** The Collector takes the scenario from the Go program and passes it on by one of its own exporters. */
function relays(collector: string, goProgram: string): Client[] {
  const cases = [
    { exporter: 'otlp_http', encoding: 'proto', compression: 'gzip' },
    { exporter: 'otlp_http', encoding: 'proto', compression: 'zstd' },
    { exporter: 'otlp_http', encoding: 'proto', compression: 'none' },
    { exporter: 'otlp_http', encoding: 'json', compression: 'gzip' },
    { exporter: 'otlp_grpc', encoding: 'proto', compression: 'gzip' },
    { exporter: 'otlp_grpc', encoding: 'proto', compression: 'none' },
  ];
  return cases.map(({ exporter, encoding, compression }) => ({
    name: `otelcol-${exporter === 'otlp_http' ? `http-${encoding}` : 'grpc'}-${compression}`,
    says: 'OpenTelemetry Collector 0.161.0',
    async run(server) {
      const receiverPort = '24317';
      const child = spawn(collector, ['--config', join(HERE, 'opentelemetry-collector/config.yaml')], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          RECORD_RECEIVER_PORT: receiverPort,
          RECORD_EXPORTER: exporter,
          RECORD_ENCODING: encoding,
          RECORD_AUTHORIZATION: RECORD_KEY,
          OTEL_EXPORTER_OTLP_ENDPOINT: exporter === 'otlp_http' ? server.httpUrl : new URL(server.grpcUrl).host,
          OTEL_EXPORTER_OTLP_COMPRESSION: compression,
        },
      });
      try {
        await untilListening(Number(receiverPort), child);
        return await runProgram([goProgram], sdkSettings(`http://127.0.0.1:${receiverPort}`, 'grpc'));
      } finally {
        child.kill('SIGTERM'); // it sends what it holds first
        await once(child, 'exit');
      }
    },
  }));
}

async function runProgram([program = '', ...args]: readonly string[], settings: Settings): Promise<string> {
  const { stdout } = await call(program, args, { env: { PATH: '/usr/bin:/bin:/usr/local/bin', ...settings } });
  return stdout.trim();
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(100);
  }
  throw new Error('the Collector ended at its start');
}

async function buildPython(workDir: string): Promise<string[]> {
  const venv = join(workDir, 'python');
  const python = join(venv, 'bin/python');
  if (!existsSync(python)) {
    await call('python3', ['-m', 'venv', venv]);
    await call(python, ['-m', 'pip', 'install', '--quiet', '-r', join(HERE, 'python/requirements.txt')]);
  }
  return [python, join(HERE, 'python/record.py')];
}

async function buildGo(workDir: string): Promise<string> {
  const program = join(workDir, 'go-record');
  await call('go', ['build', '-o', program, '.'], { cwd: join(HERE, 'go') });
  return program;
}

async function buildJava(workDir: string): Promise<string[]> {
  const target = join(workDir, 'java');
  const maven = [
    '-q',
    '-B',
    '-f',
    join(HERE, 'java/pom.xml'),
    `-Dbuild.dir=${target}`,
    'package',
    'dependency:copy-dependencies',
  ];
  await call('mvn', maven);
  return ['java', '-cp', `${join(target, 'classes')}:${join(target, 'dependency')}/*`, 'Record'];
}

async function buildCollector(workDir: string): Promise<string> {
  const program = join(workDir, 'otelcol/otelcol');
  if (!existsSync(program)) {
    const builder = 'go.opentelemetry.io/collector/cmd/builder@v0.161.0';
    const config = `--config=${join(HERE, 'opentelemetry-collector/builder.yaml')}`;
    await call('go', ['run', builder, config], { cwd: workDir });
  }
  return program;
}
