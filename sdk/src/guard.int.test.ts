import { type Context, type ContextManager, context, propagation, type Span, trace } from '@opentelemetry/api';
import { Secret } from '@vestige/core/secret';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withAgent, withTool } from './agent.ts';
import { recordDelete, recordRead, recordShare, recordWrite } from './flow.ts';
import { withMessage } from './message.ts';
import { openVestige, type VestigeHandle, vestigeProcessors } from './open.ts';
import type { VestigeOptions } from './options.ts';
import type { OtelReadableSpan, OtelStartingSpan } from './otel-types.ts';
import { vestigePropagator } from './propagator.ts';
import { defineRecipient } from './recipient.ts';
import { Runtime, runtime } from './runtime.ts';
import { startVestige } from './start.ts';
import { defineStore } from './store.ts';
import { activeSubjectTokens, withSubject } from './subject/with-subject.ts';
import { startTestCollector, type TestCollector } from './testing/collector.ts';
import { JANE_EMAIL, testOptions } from './testing/options.ts';

const jane = { type: 'email', value: JANE_EMAIL };
const boom = (): never => {
  throw new Error('a fault of the library');
};

let collector: TestCollector;
let vestige: VestigeHandle | undefined;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await vestige?.shutdown(0);
  vestige = undefined;
  await collector.close();
});

/** Everything a host calls. Each function of the host must run exactly once and its result come back. */
async function useEverything(): Promise<void> {
  let calls = 0;
  const host = (): string => {
    calls++;
    return 'result';
  };
  const store = defineStore('store:a');
  expect(withSubject({ identifiers: [jane], purpose: 'p' }, host)).toBe('result');
  expect(withAgent('a', host)).toBe('result');
  expect(withTool('t', host)).toBe('result');
  expect(await withAgent('a', async () => host())).toBe('result');
  expect(recordRead({ store: 'store:a', records: [1], subjects: [jane] }, host)).toBe('result');
  expect(await recordRead({ store: 'store:a' }, async () => host())).toBe('result');
  expect(withMessage({ baggage: 'vestige=x' }, host)).toBe('result');
  expect((await store.write({ records: ['k'] }, host)).value).toBe('result');
  expect(defineRecipient('recipient:x.example').share({}, host)).toBe('result');
  expect(Array.isArray(recordWrite({ store: 'store:a', records: [1] }))).toBe(true);
  expect(Array.isArray(recordDelete({ store: 'store:a' }))).toBe(true);
  expect(Array.isArray(recordShare({ peer: 'recipient:x.example', subjects: [jane] }))).toBe(true);
  expect(Array.isArray(recordRead({ store: 'store:a', annotate: true }))).toBe(true);
  expect(Array.isArray(store.refs('k'))).toBe(true);
  expect(Array.isArray(activeSubjectTokens())).toBe(true);
  expect(() => withSubject({ identifiers: [jane] }, () => propagation.inject(context.active(), {}))).not.toThrow();
  expect(() => propagation.extract(context.active(), { baggage: 'vestige=1.x.tk!A.B' })).not.toThrow();
  expect(calls).toBe(9);
}

test('without a running SDK every helper only runs the code it was given', async () => {
  await useEverything();
  expect(vestigeProcessors()).toEqual([]);
});

describe('a fault of the library never reaches the host', () => {
  const running = () => runtime() as Runtime;
  const FAULTS: [string, () => void][] = [
    ['the key cannot be read', () => vi.spyOn(Secret.prototype, 'reveal').mockImplementation(boom)],
    ['the tracer throws', () => vi.spyOn(Runtime.prototype, 'tracer', 'get').mockImplementation(boom)],
    ['no sequence number can be given', () => vi.spyOn(running(), 'nextSeq').mockImplementation(boom)],
    ['the spool throws', () => vi.spyOn(running().spool, 'add').mockImplementation(boom)],
    ['reading the active context throws', () => vi.spyOn(context, 'active').mockImplementation(boom)],
    ['making a token throws', () => vi.spyOn(running(), 'tokenOf').mockImplementation(boom)],
    ['the log throws', () => vi.spyOn(console, 'warn').mockImplementation(boom)],
  ];

  test.each(FAULTS)('%s', async (_, inject) => {
    vestige = startVestige(testOptions(collector.url));
    inject();
    // A faulty `context.active` would make our own assertions below fail before any of our code runs.
    if (vi.isMockFunction(context.active)) {
      expect(withSubject({ identifiers: [jane] }, () => 1)).toBe(1);
      expect(withAgent('a', () => 2)).toBe(2);
      expect(recordRead({ store: 'store:a' }, () => 3)).toBe(3);
      expect(activeSubjectTokens()).toEqual([]);
    } else {
      await useEverything();
      trace.getTracer('app').startSpan('s').end();
    }
    vi.restoreAllMocks();
  });

  test('what is given in bulk, or is not what the types say, costs its own statement alone', () => {
    vestige = startVestige(testOptions(collector.url));
    const keys = Array.from({ length: 200_000 }, (_, i) => i);
    expect(recordRead({ store: 'store:a', records: keys })).toHaveLength(200_000);
    const odd = { store: 'store:a', records: 7, subjects: 'jane' } as unknown as Parameters<typeof recordRead>[0];
    expect(recordRead(odd, () => 'result')).toBe('result');
    expect(recordRead(odd)).toEqual([]);
  });

  test('spans of a resource that cannot be read are counted as lost, and none of them is kept', async () => {
    vestige = startVestige(testOptions(collector.url));
    const resource = {
      get attributes() {
        return boom();
      },
    };
    const [, spool] = vestigeProcessors();
    for (let i = 0; i < 600; i++) {
      const span = {
        resource,
        instrumentationScope: { name: 'x' },
        attributes: {},
        spanContext: () => ({ traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1`, traceFlags: 1 }),
      };
      spool?.onEnd(span as unknown as OtelReadableSpan);
    }
    await vestige.flush();
    expect(vestige.stats()).toMatchObject({ lost: 600, pendingSpans: 0 });
  });

  test('a context manager that throws does not keep the host from running, and does not run it twice', () => {
    vestige = openVestige(testOptions(collector.url));
    const broken: ContextManager = {
      active: () =>
        ({ getValue: () => undefined, setValue: () => broken.active(), deleteValue: () => broken.active() }) as Context,
      with: boom,
      bind: (_, target) => target,
      enable: () => broken,
      disable: () => broken,
    };
    context.setGlobalContextManager(broken);
    let calls = 0;
    expect(withSubject({ identifiers: [jane] }, () => ++calls)).toBe(1);
    expect(withAgent('a', () => ++calls)).toBe(2);
    context.disable();
  });

  test('a span whose attributes cannot be read costs that span alone', async () => {
    vestige = startVestige(testOptions(collector.url));
    const poisoned = {
      get attributes() {
        return boom();
      },
      spanContext: () => ({ traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1`, traceFlags: 1 }),
      resource: { attributes: {} },
      instrumentationScope: { name: 'x' },
    } as unknown as OtelReadableSpan & OtelStartingSpan;
    for (const processor of vestigeProcessors()) {
      expect(() => processor.onStart(poisoned, context.active())).not.toThrow();
      expect(() => processor.onEnd(poisoned)).not.toThrow();
    }
    trace.getTracer('app').startSpan('good').end();
    await vestige.flush();
    expect(collector.spans.map((span) => span.name)).toEqual(['good']);
  });

  test('callbacks of the host that throw are its own affair', async () => {
    vestige = startVestige(
      testOptions(collector.url, { onProblem: boom, onLoss: boom, onCoverage: boom, spoolDir: '/dev/null/x' }),
    );
    withSubject({ identifiers: [{ type: 'email', value: 'x' }] }, () => {});
    vestige.check();
    await useEverything();
  });
});

describe('the host keeps its own semantics', () => {
  beforeEach(() => {
    vestige = startVestige(testOptions(collector.url));
  });

  test('a lazy query that runs on `then` is run once, by the host', async () => {
    let runs = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: query builders look like this
      then(ok: (value: number) => unknown) {
        runs++;
        return Promise.resolve(ok(42));
      },
      where: () => 'still here',
    };
    const returned = withTool('sql', () => query);
    expect(runs).toBe(0);
    expect(returned.where()).toBe('still here');
    expect(await returned).toBe(42);
    expect(runs).toBe(1);
    await vestige?.flush();
    expect(collector.spans.map((span) => span.name)).toEqual(['execute_tool sql']);
  });

  test('a rejection nobody handles is still an unhandled rejection', async () => {
    const { runChild } = await import('./testing/child.ts');
    const argument = { endpoint: collector.url, options: {}, spans: 0, end: 'unhandled-in-tool' };
    await expect(runChild('./crash.scenario.ts', argument)).rejects.toThrow('an error of the application');
  });

  test('the span is handed to the function, so that it can be described further', async () => {
    withTool('t', (span: Span) => span.setAttribute('app.detail', 1));
    await vestige?.flush();
    expect(collector.spans[0]?.attributes['app.detail']).toBe(1);
  });
});

describe('refused options', () => {
  test('every fault is told at once, nothing is started and nothing is thrown', () => {
    const handle = startVestige({
      serviceName: '',
      tenant: 'acme',
      endpoint: 'nowhere',
      apiKey: '',
      subjectKey: 'c2hvcnQ=',
      kid: 'Not A Kid',
      spoolDir: '',
      trustedHosts: ['*', 'api.internal*'],
      batchMs: -1,
    });
    expect(handle.active).toBe(false);
    expect(handle.problems).toHaveLength(8);
    expect(handle.problems.join()).not.toContain('c2hvcnQ');
    expect(runtime()).toBeNull();
  });

  test('options that are no object do not throw either', async () => {
    const handle = startVestige(undefined as unknown as VestigeOptions);
    expect(handle.active).toBe(false);
    expect(await handle.flush()).toBe(true);
    expect(await handle.shutdown()).toBe(true);
    expect(handle.stats().ended).toBe(0);
  });

  test('a second start in one process is refused and leaves the first alone', async () => {
    vestige = startVestige(testOptions(collector.url));
    expect(startVestige(testOptions(collector.url)).problems).toEqual(['Vestige is already running in this process']);
    trace.getTracer('app').startSpan('s').end();
    expect(await vestige.flush()).toBe(true);
    expect(collector.spans).toHaveLength(1);
  });
});

test('the propagator without a running SDK strips our key and lets the rest pass', () => {
  const carrier: Record<string, string> = {};
  const baggage = propagation.createBaggage({ vestige: { value: 'left over' }, other: { value: 'kept' } });
  vestigePropagator().inject(propagation.setBaggage(context.active(), baggage), carrier, {
    set: (to, key, value) => {
      to[key] = value;
    },
  });
  expect(carrier).toEqual({ baggage: 'other=kept' });
});
