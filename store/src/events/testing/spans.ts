import { randomBytes } from 'node:crypto';
import { TenantId } from '@vestige/core/ids';
import type { ReadSpan } from '@vestige/core/model/span';
import { RULE_SET } from '@vestige/core/recognise/rule-set';
import type { RejectedSpan, ResolvedSpan } from '../event-store.ts';

/** Invented spans for tests of this store. */

export const T0_NS = 1_790_000_000_000_000_000n;
export const T0_US = Number(T0_NS / 1000n);
/** Seconds after {@link T0_US}. */
export const us = (seconds: number): number => T0_US + seconds * 1_000_000;
export const ns = (seconds: number): bigint => T0_NS + BigInt(Math.round(seconds * 1000)) * 1_000_000n;

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');
/** Each test has a tenant of its own, so that tests share one engine. */
export const newTenant = (): TenantId => TenantId.parse(randomBytes(4).readUInt32LE() || 1);

export function aSpan(given: Partial<ReadSpan> = {}): ReadSpan {
  const startNs = given.startNs ?? T0_NS;
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentId: '',
    name: 'POST /tickets',
    kind: 'internal',
    startNs,
    endNs: startNs + 5_000_000n,
    outcome: 'ok',
    service: 'service:support/desk',
    instance: '',
    scope: 'test',
    attrs: {},
    resource: { 'service.name': 'desk' },
    events: [],
    links: [],
    self: '',
    owner: '',
    touches: [],
    recordRefs: [],
    recordCount: -1,
    derivedFrom: [],
    conversation: '',
    attribution: 'none',
    role: 'data_subject',
    categories: [],
    purpose: '',
    legalBasis: '',
    retentionUntilMs: 0,
    recipientHost: '',
    recipientCountry: '',
    requestId: '',
    seq: -1,
    ruleSet: RULE_SET,
    tokens: [],
    linkTokens: [],
    subjectSet: '',
    ...given,
  };
}

/** A span tagged with subjects: declared, unless the span says otherwise. */
export function tagged(subjectIds: readonly string[], given: Partial<ReadSpan> = {}): ResolvedSpan {
  const attribution = subjectIds.length > 0 ? 'declared' : 'none';
  return { span: aSpan({ attribution, ...given }), subjectIds, linkSubjectIds: [] };
}

export const untagged = (given: Partial<ReadSpan> = {}): ResolvedSpan => tagged([], given);

export function rejectedSpan(given: Partial<RejectedSpan> = {}): RejectedSpan {
  return {
    receivedAtMs: T0_US / 1000,
    reason: 'bad_time',
    service: 'service:support/desk',
    span: '{}',
    subjectIds: [],
    linkSubjectIds: [],
    ...given,
  };
}
