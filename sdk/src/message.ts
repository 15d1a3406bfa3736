import { context, propagation, type TextMapGetter } from '@opentelemetry/api';
import { runIn } from './run-in.ts';
import { runtime } from './runtime.ts';
import { subjectOf, withSubjectValue } from './subject/subject.ts';

/** Headers of a message or a job as brokers hand them over. */
export type MessageHeaders = Readonly<Record<string, unknown>>;

/**
 * Handles one message of a batch in the context of the person it is about. Batch consumers (Kafka `eachBatch`, SQS)
 * are traced as one span that only links to the messages, so the subject in their headers reaches nobody otherwise.
 *
 * @returns what `fn` returns
 */
export function withMessage<T>(headers: MessageHeaders | undefined, fn: () => T): T {
  const running = runtime();
  if (running === null || headers === undefined) return fn();
  const inside = running.guard(
    'withMessage',
    () => {
      const here = context.active();
      const subject = subjectOf(propagation.extract(here, headers, GETTER));
      return subject === undefined ? here : withSubjectValue(here, subject);
    },
    context.active(),
  );
  return runIn(inside, fn);
}

/** Kafka gives buffers, SQS attributes of the form `{ StringValue }`, others plain strings. */
const GETTER: TextMapGetter<MessageHeaders> = {
  keys: (headers) => Object.keys(headers),
  get(headers, key) {
    const value = headers[key];
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    if (
      typeof value === 'object' &&
      value !== null &&
      'StringValue' in value &&
      typeof value.StringValue === 'string'
    ) {
      return value.StringValue;
    }
    return undefined;
  },
};
