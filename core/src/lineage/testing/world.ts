import type { Action } from '../../convention/attributes.ts';
import { Closure, type ClosureOptions, type ClosureResult, isEmpty, type ResultView } from '../closure.ts';
import type { DatasetEdge, Facts, JumpHit, LinkHit, Needs, SpanFact, SubjectTag } from '../facts.ts';

/** A small organisation for tests: spans as a person would draw them, and a store that answers like the real one. */

/** Milliseconds of the test's own clock. */
export const ms = (at: number): number => 1_700_000_000_000_000 + at * 1000;

export interface Drawn extends Partial<Omit<SpanFact, 'touches' | 'links'>> {
  /** Start and end in {@link ms}. */
  readonly at: readonly [number, number];
  /** `write store:crm`, `share recipient:mail.example`; a rule may follow: `share recipient:x http.client`. */
  readonly does?: readonly string[];
  /** How the person is tagged on the span. */
  readonly person?: 'declared' | 'ambient' | 'link' | 'actor' | 'ambient actor';
  /** How somebody else is tagged on the span. */
  readonly others?: 'declared' | 'ambient';
  /** `trace/span`. */
  readonly linksTo?: readonly string[];
}

export interface World {
  readonly spans: readonly SpanFact[];
  readonly tags: readonly SubjectTag[];
  readonly datasets: readonly DatasetEdge[];
}

/** @param drawn by `trace/span` or `trace/span < parent` */
export function world(drawn: Record<string, Drawn>, runs: readonly Run[] = []): World {
  const spans: SpanFact[] = [];
  const tags: SubjectTag[] = [];
  for (const [name, span] of Object.entries(drawn)) {
    const [own = '', parentId = ''] = name.split(' < ');
    const [traceId = '', spanId = ''] = own.split('/');
    const fact = spanFact(traceId, spanId, parentId, span);
    spans.push(fact);
    if (!span.person) continue;
    tags.push({
      traceId,
      spanId,
      startUs: fact.startUs,
      attribution: span.person === 'declared' || span.person === 'actor' ? 'declared' : 'ambient',
      role: span.person.endsWith('actor') ? 'actor' : 'data_subject',
      viaLink: span.person === 'link',
    });
  }
  return { spans, tags, datasets: runs.flatMap(datasetEdges) };
}

function spanFact(traceId: string, spanId: string, parentId: string, drawn: Drawn): SpanFact {
  const { at, does = [], person, others, linksTo = [], ...rest } = drawn;
  const own = person === 'link' ? undefined : person;
  return {
    traceId,
    spanId,
    parentId,
    kind: 'internal',
    startUs: ms(at[0]),
    endUs: ms(at[1]),
    outcome: 'ok',
    service: 'service:desk',
    self: '',
    owner: '',
    touches: does.map((touch) => {
      const [action = 'none', peer = '', rule = `vestige.flow.${action}`] = touch.split(' ');
      return { action: action as Action, peer, rule };
    }),
    recordRefs: [],
    recordCount: -1,
    derivedFrom: [],
    conversation: '',
    attribution:
      own || others
        ? own === 'declared' || own === 'actor' || others === 'declared'
          ? 'declared'
          : 'ambient'
        : 'none',
    role: person?.endsWith('actor') ? 'actor' : 'data_subject',
    categories: [],
    purpose: '',
    retentionUntilMs: 0,
    recipientHost: '',
    recipientCountry: '',
    requestId: '',
    links: linksTo.map((link) => {
      const [linkedTrace = '', linkedSpan = ''] = link.split('/');
      return { traceId: linkedTrace, spanId: linkedSpan };
    }),
    ...rest,
  };
}

export interface Run {
  readonly run: string;
  readonly at: readonly [number, number];
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly lifecycle?: DatasetEdge['lifecycle'];
  /** `job:batch/{name}`; '' for a dataset event. */
  readonly job?: string;
  /** Node id of the job that started it. */
  readonly parentJob?: string;
  /** By input. */
  readonly columns?: Readonly<Record<string, DatasetEdge['columns'] & string>>;
  readonly statesPerson?: boolean;
}

function datasetEdges({ run, at, from = [''], to = [''], lifecycle = '', ...more }: Run): DatasetEdge[] {
  const { job = 'nightly', parentJob, columns, statesPerson } = more;
  return from.flatMap((input) =>
    to.map((output) => ({
      input,
      output,
      job: job === '' ? '' : `job:batch/${job}`,
      runId: run,
      startUs: ms(at[0]),
      endUs: ms(at[1]),
      lifecycle,
      ...(parentJob === undefined ? {} : { parentJob }),
      ...(columns ? { columns: columns[input] ?? 'none' } : {}),
      ...(statesPerson === undefined ? {} : { statesPerson, subjectSets: ['set_people'] }),
    })),
  );
}

/** Answers {@link Needs} as the event store does: by key, never more than was asked for. */
export function factsOf({ spans, datasets }: World, needs: Needs): Facts {
  const traces = new Set(needs.traces);
  const linksTo = new Set(needs.linksTo);
  const wanted = new Map(needs.jumps.map((need) => [need.key, need]));
  const inputs = new Set(needs.datasets);
  return {
    spans: spans.filter(({ traceId }) => traces.has(traceId)),
    jumps: spans.flatMap(jumpHits).filter(({ key, startUs, action }) => {
      const need = wanted.get(key);
      return need !== undefined && startUs >= need.fromUs && (!need.deletesOnly || action === 'delete');
    }),
    links: spans.flatMap(linkHits).filter(({ linkedTraceId }) => linksTo.has(linkedTraceId)),
    datasets: datasets.filter(
      ({ input, output, lifecycle }) => inputs.has(input) || (lifecycle !== '' && inputs.has(output)),
    ),
    cut: false,
  };
}

function jumpHits({ traceId, spanId, startUs, recordRefs, derivedFrom, conversation, touches }: SpanFact): JumpHit[] {
  const hit = (key: string, action: Action): JumpHit => ({ key, traceId, spanId, startUs, action });
  return [
    ...recordRefs.flatMap((ref) => touches.map(({ action }) => hit(ref, action))),
    ...derivedFrom.map((ref) => hit(ref, 'read')),
    ...(conversation === '' ? [] : [hit(conversation, 'none')]),
    ...touches.filter(({ peer }) => peer.startsWith('memory:')).map(({ peer, action }) => hit(peer, action)),
  ];
}

function linkHits({ traceId, spanId, links }: SpanFact): LinkHit[] {
  return links.map((link) => ({ linkedTraceId: link.traceId, linkedSpanId: link.spanId, traceId, spanId }));
}

export const NOW_US = ms(1_000_000);

/** Drives the closure to its end. */
export function follow(from: World, options: Partial<ClosureOptions> = {}): Closure {
  const closure = new Closure(from.tags, { nowUs: NOW_US, ...options });
  for (let round = 0; ; round++) {
    if (round > 10_000) throw new Error('the closure does not end');
    const needs = closure.needs();
    if (isEmpty(needs)) return closure;
    closure.add(factsOf(from, needs));
  }
}

export function answerOf(from: World, options: Partial<ClosureOptions> = {}, view: ResultView = {}): ClosureResult {
  return follow(from, options).result(view);
}

/** `from -> to: action confidence`, in time order, with the actor's role and tolerated skew where there is one. */
export function flowsOf(from: World, options: Partial<ClosureOptions> = {}): string[] {
  return answerOf(from, options).flows.map(
    (flow) =>
      `${flow.from} -> ${flow.to}: ${flow.action} ${flow.confidence}` +
      `${flow.actor ? ' (actor)' : ''}${flow.skewUs > 0 ? ` (skew ${flow.skewUs / 1000} ms)` : ''}`,
  );
}

/** `store: state confidence`, with the number of records where some are known. */
export function residencyOf(from: World, options: Partial<ClosureOptions> = {}): string[] {
  return answerOf(from, options).residency.map(
    ({ store, state, confidence, records }) => `${store}: ${state} ${confidence}${records > 0 ? ` ${records}` : ''}`,
  );
}
