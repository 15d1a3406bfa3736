import { describe, expect, test } from 'vitest';
import { agoText, healthSentence, type IngestHealth } from './home-sentence.ts';

const now = new Date('2026-11-23T12:00:00Z');
const health = (change: Partial<IngestHealth> = {}): IngestHealth => ({
  window: { from: '2026-11-10T00:00:00.000Z', to: '2026-11-24T00:00:00.000Z' },
  newestSpan: '2026-11-23T11:58:00.000Z',
  bucket: 'day',
  volume: [],
  services: [
    { service: 'desk', newestSpan: '2026-11-23T11:58:00.000Z', missingSeq: 0 },
    { service: 'mailer', newestSpan: '2026-11-23T11:00:00.000Z', missingSeq: 0 },
  ],
  rejected: [],
  unattributedTouches: 0,
  uncountedDays: 0,
  ...change,
});

describe('what comes in, in a sentence', () => {
  test('is nothing before anything came in', () => {
    expect(healthSentence(health({ newestSpan: null, services: [] }), now)).toBeNull();
  });

  test('says that nothing is missing only when nothing is', () => {
    expect(healthSentence(health(), now)).toEqual({
      tone: 'good',
      text: '2 services have reported in the last 14 days; the newest span began 2 minutes ago. Nothing is known to be missing.',
    });
  });

  test('names what is lost, unread and unsaid, with numbers', () => {
    const sentence = healthSentence(
      health({
        services: [{ service: 'desk', newestSpan: '2026-11-23T11:58:00.000Z', missingSeq: 1204 }],
        rejected: [
          { reason: 'a', spans: 1 },
          { reason: 'b', spans: 2 },
        ],
        unattributedTouches: 1,
      }),
      now,
    );
    expect(sentence?.tone).toBe('warn');
    expect(sentence?.text).toContain(
      'Not complete: 1,204 spans were lost on the way (desk); 3 spans could not be understood; 1 touch of a store or recipient says nothing of whose data it was.',
    );
  });

  test('is not complete while it is still being counted', () => {
    expect(healthSentence(health({ uncountedDays: 2 }), now)).toMatchObject({
      tone: 'warn',
      text: expect.stringContaining('Not complete: touches of 2 days are still being counted.'),
    });
  });

  test('names a service that has fallen silent while others speak, and at most three of them', () => {
    const services = ['a', 'b', 'c', 'd'].map((service) => ({
      service,
      newestSpan: '2026-11-20T00:00:00.000Z',
      missingSeq: 0,
    }));
    const sentence = healthSentence(health({ services: [...health().services, ...services] }), now);
    expect(sentence).toMatchObject({ tone: 'warn' });
    expect(sentence?.text).toContain('Silent for more than a day: a, b, c and 1 more.');
    expect(healthSentence(health({ services }), now)).toMatchObject({ tone: 'warn' });
  });
});

test.each([
  ['2026-11-23T12:05:00Z', 'just now'],
  ['2026-11-23T11:59:30Z', 'just now'],
  ['2026-11-23T11:59:00Z', '1 minute ago'],
  ['2026-11-23T09:30:00Z', '2 hours ago'],
  ['2026-11-22T11:00:00Z', '25 hours ago'],
  ['2026-11-20T12:00:00Z', '3 days ago'],
])('%s is %s', (at, ago) => {
  expect(agoText(at, now)).toBe(ago);
});
