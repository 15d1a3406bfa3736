import path from 'node:path';
import type { Attrs, DecodedSpan, SpanKind } from '../../model/span.ts';
import { ScrubLog } from '../../scrub/scrub-log.ts';
import { goldensIn } from '../../testing/goldens-in.ts';
import { readContext } from '../read-context.ts';
import { readResource } from '../read-resource.ts';
import { readSpan } from '../read-span.ts';
import { RULES, recognisedBy } from '../registry.ts';
import { SpanView } from '../span-view.ts';

/** Spans that a real library left, and what each must be read as. See `goldens/README.md`. */
export interface Golden {
  readonly name: string;
  readonly recorded: { readonly by: readonly string[]; readonly server: string };
  /** What its traces come to as a whole (`lineage/testing/golden-flows.ts`); absent where single spans say it all. */
  readonly flows?: readonly string[];
  readonly spans: readonly GoldenSpan[];
}

export interface GoldenSpan extends Omit<DecodedSpan, 'startNs' | 'endNs' | 'events' | 'kind' | 'resource'> {
  readonly kind: SpanKind;
  /** Nanoseconds since the epoch, in decimal. */
  readonly startNs: string;
  readonly endNs: string;
  readonly events: readonly { readonly name: string; readonly timeNs: string; readonly attributes: Attrs }[];
  /** Null: nobody has judged this span yet. */
  readonly reads: readonly string[] | null;
}

const FOLDER = path.join(import.meta.dirname, 'goldens');

export const goldens = (): Golden[] => goldensIn<Omit<Golden, 'name'>>(FOLDER);

/** A tenant that gave the collector its key, so that record keys in clear become refs. */
const CONTEXT = readContext({ recordRefs: (node) => [`${node}#${'k'.repeat(22)}`] });

/**
 * What a span was read as, one line a fact: `write store:… by db.sql.insert`, `is agent:…`, `in conversation:…`,
 * `reaches example.com`, `names a record of store:…`, `counts 3`, `failed` or `no_effect`.
 */
export function readingOf(span: GoldenSpan): string[] {
  const read = readGolden(span);
  if ('rejected' in read) return [`rejected: ${read.rejected}`];
  const { touches, self, conversation, recipientHost, recordRefs, recordCount, outcome } = read.span;
  return [
    ...touches.map(({ peer, action, rule }) => `${action} ${peer} by ${rule}`),
    ...(self === '' ? [] : [`is ${self}`]),
    ...(conversation === '' ? [] : [`in ${conversation}`]),
    ...(recipientHost === '' ? [] : [`reaches ${recipientHost}`]),
    ...recordRefs.map((ref) => `names a record of ${ref.slice(0, ref.lastIndexOf('#'))}`),
    ...(recordCount < 0 ? [] : [`counts ${recordCount}`]),
    ...(outcome === 'ok' ? [] : [outcome]),
  ];
}

/** Everything of a span that is kept, as one text. */
export function keptOf(span: GoldenSpan): string {
  const read = readGolden(span);
  return JSON.stringify(read, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** Id of the rule that reads a span, or '' when none does. */
export function ruleOf(span: GoldenSpan): string {
  const decoded = decodedOf(span);
  const log = new ScrubLog();
  const view = new SpanView(decoded, readResource(decoded.resource, log), CONTEXT, log);
  return recognisedBy(view, RULES)?.rule.id ?? '';
}

export function readGolden(span: GoldenSpan): ReturnType<typeof readSpan> {
  return readSpan(decodedOf(span), CONTEXT);
}

function decodedOf(span: GoldenSpan): DecodedSpan {
  return {
    ...span,
    resource: { 'service.name': 'desk' },
    startNs: BigInt(span.startNs),
    endNs: BigInt(span.endNs),
    events: span.events.map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
  };
}
