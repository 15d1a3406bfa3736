import type { PersonTag, SpanFact } from '@vestige/core/lineage/facts';
import { ms } from '@vestige/core/lineage/testing/world';
import type { LineageEvent, RunDataset } from '@vestige/core/openlineage/lineage-event';
import type { ResolvedSpan } from '@vestige/store/events/event-store';
import { lineageEvent } from '@vestige/store/events/testing/lineage-events';
import { aSpan, T0_US } from '@vestige/store/events/testing/spans';
import type { Organisation } from './organisation-in-memory.ts';

/** An {@link Organisation} as the collector would have stored it, at a time that is still kept. */

/** Microseconds of the world as the store knows them. */
export const storedUs = (us: number): number => us - ms(0) + T0_US;

const hexOf = (name: string, digits: number) => Buffer.from(name).toString('hex').padEnd(digits, '0');

/** @param idOf subject ids by person */
export function storedSpans(
  { spans, tags }: Pick<Organisation, 'spans' | 'tags'>,
  idOf: (person: string) => string,
): ResolvedSpan[] {
  const tagsOf = Map.groupBy(tags, ({ traceId, spanId }) => `${traceId}/${spanId}`);
  return spans.map((fact) => storedSpan(fact, tagsOf.get(`${fact.traceId}/${fact.spanId}`) ?? [], idOf));
}

function storedSpan(
  { traceId, spanId, parentId, startUs, endUs, links, ...fact }: SpanFact,
  tags: readonly PersonTag[],
  idOf: (person: string) => string,
): ResolvedSpan {
  const who = (viaLink: boolean) => tags.filter((tag) => tag.viaLink === viaLink).map((tag) => idOf(tag.subjectId));
  const span = aSpan({
    ...fact,
    traceId: hexOf(traceId, 32),
    spanId: hexOf(spanId, 16),
    parentId: parentId === '' ? '' : hexOf(parentId, 16),
    startNs: BigInt(storedUs(startUs)) * 1000n,
    endNs: BigInt(storedUs(endUs)) * 1000n,
    links: links.map((link) => ({ traceId: hexOf(link.traceId, 32), spanId: hexOf(link.spanId, 16) })),
  });
  return { span, subjectIds: who(false), linkSubjectIds: who(true) };
}

/**
 * @param setOf registered sets by their name in the world
 * @param state what each run said last of how it went, by its place; '' for one told of by a single event
 */
export function storedRuns(
  { datasets }: Pick<Organisation, 'datasets'>,
  setOf: (name: string) => string,
  state: (i: number) => LineageEvent['state'],
): LineageEvent[] {
  const runs = Map.groupBy(datasets, ({ job, runId }) => `${job} ${runId}`);
  return [...runs.values()].flatMap((edges, i) => {
    const [first] = edges;
    if (first === undefined) return [];
    const { job, runId, startUs, endUs, lifecycle, subjectSets = [] } = first;
    const told = edges.some(({ columns }) => columns !== undefined);
    const inputs = [...new Set(edges.map(({ input }) => input))];
    const columns = edges.flatMap(({ input, columns: via }) => (via === undefined ? [] : [{ input, via }]));
    const dataset = (side: RunDataset['side'], node: string): RunDataset => ({
      side,
      node,
      lifecycle: side === 'output' ? lifecycle : '',
      renamedFrom: '',
      columns: side === 'output' && told ? columns : null,
      categories: [],
    });
    const outputs = [...new Set(edges.map(({ output }) => output))];
    const datasets = [
      ...inputs.map((node) => dataset('input', node)),
      ...outputs.map((node) => dataset('output', node)),
    ].filter(({ node }) => node !== '');
    const subjectSet = subjectSets[0] === undefined ? '' : setOf(subjectSets[0]);
    const ends = state(i);
    const last = { runId, job, datasets, subjectSet, atUs: storedUs(endUs) };
    // As most producers tell it: what began names nothing yet, and what ended does not say when it began.
    return ends === ''
      ? [lineageEvent({ ...last, startUs: storedUs(startUs) })]
      : [lineageEvent({ runId, job, state: 'start', atUs: storedUs(startUs) }), lineageEvent({ ...last, state: ends })];
  });
}
