import { describe, expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { InFlight } from './receive/in-flight.ts';

const create = (withServices = true) => createMetrics(new InFlight(1), withServices);

describe('scrubbed keys as labels', () => {
  test('a convention’s name is one', async () => {
    const metrics = create();
    metrics.scrubbed({ 'gen_ai.input.messages': 2, 'user.email': 1 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('vestige_collector_scrubbed_total{key="gen_ai.input.messages"} 2');
  });

  test.each(['ada@example.com', 'Ada.Lovelace', 'customer.4915112345678', 'x'.repeat(100), ''])(
    '%s is none',
    async (key) => {
      const metrics = create();
      metrics.scrubbed({ [key]: 3 });
      const text = await metrics.registry.metrics();
      expect(text).toContain('vestige_collector_scrubbed_total{key="other"} 3');
      if (key !== '') expect(text).not.toContain(key);
    },
  );

  test('their number is bounded', async () => {
    const metrics = create();
    for (let i = 0; i < 1000; i += 1) metrics.scrubbed({ [`k.${i.toString(36)}`]: 1 });
    const series = (await metrics.registry.metrics()).match(/scrubbed_total\{/g) ?? [];
    expect(series.length).toBeLessThanOrEqual(201);
  });
});

describe('watermarks', () => {
  test('a service keeps its newest end', async () => {
    const metrics = create();
    metrics.watermark(1, 'service:desk', 5000);
    metrics.watermark(1, 'service:desk', 3000);
    expect(await metrics.registry.metrics()).toContain(
      'vestige_collector_watermark_seconds{tenant="1",service="service:desk"} 5',
    );
  });

  test('their number is bounded', async () => {
    const metrics = create();
    for (let i = 0; i < 2000; i += 1) metrics.watermark(1, `service:s${i}`, 1);
    const series = (await metrics.registry.metrics()).match(/watermark_seconds\{/g) ?? [];
    expect(series).toHaveLength(500);
  });

  test('no service is named where anybody may read', async () => {
    const metrics = create(false);
    metrics.watermark(1, 'service:desk', 5000);
    expect(await metrics.registry.metrics()).not.toContain('service:desk');
  });
});
