import { expect, test } from 'vitest';
import { readCollectorConfig } from './config.ts';

test('without settings the collector listens where OpenTelemetry expects it', () => {
  expect(readCollectorConfig({})).toMatchObject({
    port: 4318,
    grpcPort: 4317,
    pathPrefix: '',
    requestBytesMax: 64 * 1024 * 1024,
    metricsToken: null,
  });
});

test('an acknowledgement means the log unless the operator says otherwise', () => {
  expect(readCollectorConfig({})).toMatchObject({ ackMode: 'log', logBytesMax: 4 * 1024 ** 3, collectorId: null });
  expect(readCollectorConfig({ VESTIGE_COLLECTOR_ACK: 'store' }).ackMode).toBe('store');
  expect(() => readCollectorConfig({ VESTIGE_COLLECTOR_ACK: 'never' })).toThrow('VESTIGE_COLLECTOR_ACK');
});

test('a free port for one protocol is a free port for both, and gRPC can be off', () => {
  expect(readCollectorConfig({ VESTIGE_COLLECTOR_PORT: '0' }).grpcPort).toBe(0);
  expect(readCollectorConfig({ VESTIGE_COLLECTOR_PORT: '0', VESTIGE_COLLECTOR_GRPC_PORT: '5000' }).grpcPort).toBe(5000);
  expect(readCollectorConfig({ VESTIGE_COLLECTOR_GRPC_PORT: 'off' }).grpcPort).toBeNull();
});

test('all problems are named at once, and no value', () => {
  const env = {
    VESTIGE_COLLECTOR_PORT: '70000',
    VESTIGE_COLLECTOR_GRPC_PORT: 'on',
    VESTIGE_COLLECTOR_PATH_PREFIX: 'no-slash',
    VESTIGE_COLLECTOR_METRICS_TOKEN: 'too short',
  };
  const error = caught(() => readCollectorConfig(env));
  expect(error).toMatchObject({ code: 'misconfigured' });
  for (const name of Object.keys(env)) expect(String(error)).toContain(name);
  for (const value of ['70000', 'no-slash', 'too short']) expect(String(error)).not.toContain(value);
});

test('an empty variable is an absent one', () => {
  expect(readCollectorConfig({ VESTIGE_COLLECTOR_PORT: '' }).port).toBe(4318);
});

test('limits that contradict each other are refused', () => {
  const error = caught(() =>
    readCollectorConfig({
      VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX: '2097152',
      VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS: '900',
    }),
  );
  expect(String(error)).toContain('IN_FLIGHT_BYTES_MAX');
  expect(String(error)).toContain('SUPPRESSION_STALE_MS');
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
