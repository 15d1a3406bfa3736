import type { Context } from '@opentelemetry/api';
import { ATTR } from '@vestige/core/convention/attributes';
import type { OtelSpanProcessor, OtelStartingSpan } from './otel-types.ts';
import { ownerOf } from './owner.ts';
import type { Runtime } from './runtime.ts';
import { type Subject, subjectOf } from './subject/subject.ts';

/**
 * Writes onto every span, as it starts, whose data it handles and on whose behalf it runs. At the start, because
 * instrumentations of models add hundreds of attributes later and the SDK keeps only the first 128.
 */
export function stampProcessor(runtime: Runtime): OtelSpanProcessor {
  return {
    onStart(span, parentContext) {
      runtime.guard('stamping a span', () => stamp(runtime, span, parentContext), undefined);
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function stamp(runtime: Runtime, span: OtelStartingSpan, context: Context): void {
  runtime.counters.started++;
  span.setAttribute(ATTR.seq, runtime.nextSeq());
  const owner = ownerOf(context);
  if (owner !== undefined && span.attributes[ATTR.owner] === undefined) span.setAttribute(ATTR.owner, owner);
  const subject = subjectOf(context);
  if (says(span, ATTR.subjectTokens) || says(span, ATTR.subjectSet)) {
    if (!says(span, ATTR.subjectAttribution)) span.setAttribute(ATTR.subjectAttribution, 'declared');
  } else if (subject !== undefined) {
    stampPeople(span, subject);
  }
  if (subject !== undefined) stampReason(span, subject);
}

function stampPeople(span: OtelStartingSpan, subject: Subject): void {
  if (subject.tokens.length === 0 && subject.set === '') return;
  if (subject.tokens.length > 0) span.setAttribute(ATTR.subjectTokens, subject.tokens);
  if (subject.set !== '') span.setAttribute(ATTR.subjectSet, subject.set);
  if (subject.count > subject.tokens.length) span.setAttribute(ATTR.subjectCount, subject.count);
  if (subject.role !== undefined) span.setAttribute(ATTR.subjectRole, subject.role);
  span.setAttribute(ATTR.subjectAttribution, 'ambient');
}

function stampReason(span: OtelStartingSpan, subject: Subject): void {
  const { purpose, legalBasis, categories, requestId } = subject;
  if (purpose !== undefined && !says(span, ATTR.purpose)) span.setAttribute(ATTR.purpose, purpose);
  if (legalBasis !== undefined && !says(span, ATTR.legalBasis)) span.setAttribute(ATTR.legalBasis, legalBasis);
  if (categories !== undefined && !says(span, ATTR.dataCategories)) span.setAttribute(ATTR.dataCategories, categories);
  if (requestId !== undefined && !says(span, ATTR.requestId)) span.setAttribute(ATTR.requestId, requestId);
}

/** Code that sets our attributes when it starts a span knows better than the context. */
function says(span: OtelStartingSpan, key: string): boolean {
  return span.attributes[key] !== undefined;
}
