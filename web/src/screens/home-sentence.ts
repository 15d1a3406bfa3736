import type { components } from '../api/schema.d.ts';
import { home } from '../texts/en-home.ts';

export type IngestHealth = components['schemas']['IngestHealth'];

const texts = home.health;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NAMED_MAX = 3;

export interface Sentence {
  readonly tone: 'good' | 'warn';
  readonly text: string;
}

/** Health and completeness of what comes in, as one sentence or two. Null before anything came in. */
export function healthSentence(health: IngestHealth, now: Date): Sentence | null {
  if (health.newestSpan === null) return null;
  const rests = texts.rests(health.services.length, agoText(health.newestSpan, now));
  const silent = health.services.filter(({ newestSpan }) => now.getTime() - Date.parse(newestSpan) > DAY_MS);
  // When all are silent the newest span says so already.
  const isSilent = silent.length > 0 && silent.length < health.services.length;
  const gaps = gapsOf(health);
  return {
    tone: gaps.length > 0 || silent.length > 0 ? 'warn' : 'good',
    text: [
      rests,
      ...(isSilent ? [texts.silent(named(silent))] : []),
      gaps.length === 0 ? texts.complete : texts.incomplete(gaps.join('; ')),
    ].join(' '),
  };
}

function gapsOf({ services, rejected, unattributedTouches, uncountedDays }: IngestHealth): string[] {
  const losing = services.filter(({ missingSeq }) => missingSeq > 0);
  const lost = losing.reduce((sum, { missingSeq }) => sum + missingSeq, 0);
  const unread = rejected.reduce((sum, { spans }) => sum + spans, 0);
  return [
    ...(lost > 0 ? [texts.lost(lost, named(losing))] : []),
    ...(unread > 0 ? [texts.rejected(unread)] : []),
    ...(unattributedTouches > 0 ? [texts.unattributed(unattributedTouches)] : []),
    ...(uncountedDays > 0 ? [texts.uncounted(uncountedDays)] : []),
  ];
}

function named(services: readonly { readonly service: string }[]): string {
  const names = services.map(({ service }) => service);
  return texts.others(names.slice(0, NAMED_MAX).join(', '), Math.max(0, names.length - NAMED_MAX));
}

/** `3 minutes ago`; what a clock ahead of ours sent has just happened. */
export function agoText(at: string, now: Date): string {
  const ms = now.getTime() - Date.parse(at);
  if (ms < MINUTE_MS) return home.ago.now;
  if (ms < HOUR_MS) return home.ago.minutes(Math.floor(ms / MINUTE_MS));
  return ms < 2 * DAY_MS ? home.ago.hours(Math.floor(ms / HOUR_MS)) : home.ago.days(Math.floor(ms / DAY_MS));
}
