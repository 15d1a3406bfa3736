import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore } from './event-store.ts';
import { eventStoreContract } from './event-store-contract.ts';

let engine: TestClickHouse;
let store: EventStore;

beforeAll(async () => {
  engine = await startTestClickHouse();
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
});
afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

describe('the event store in ClickHouse', () => {
  eventStoreContract(() => store);
});
