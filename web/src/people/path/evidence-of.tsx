import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DateTime, dateTimeText } from '../../parts/date-time.tsx';
import { Failure } from '../../parts/failure.tsx';
import { people } from '../../texts/en-people.ts';
import { type Flow, type Movement, type Span, sentenceOf, type Telling } from '../evidence-words.ts';
import { Words } from '../person-facts.tsx';
import { evidenceQuery } from '../person-queries.ts';
import type { Lineage } from './graph.ts';
import { phraseOfId } from './node-label.ts';
import { Sure } from './sure.tsx';

const texts = people.evidence;

/** Why a line is drawn: each movement in a sentence, its rule, and the spans it was seen in. */
export function EvidenceOf({
  subjectId,
  answer,
  from,
  to,
}: {
  subjectId: string;
  answer: Lineage;
  from: string;
  to: string;
}) {
  const { data, error, refetch } = useQuery(evidenceQuery(subjectId, from, to));
  const telling = useMemo(() => tellingOf(answer, from, data?.spans ?? []), [answer, from, data]);
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined)
    return (
      <p className="soft" role="status">
        {texts.loading}
      </p>
    );
  if (data.flows.length === 0) return <p className="soft">{data.truncated ? texts.noneReached : texts.none}</p>;
  return (
    <>
      <p className="soft" role="status">
        {data.truncated ? texts.atLeast(data.flows.length, data.total) : texts.total(data.flows.length, data.total)}
      </p>
      <ol className="evidence">
        {data.flows.map((flow) => (
          <MovementItem
            key={[flow.traceId, flow.spanId, flow.from, flow.to, flow.action, flow.rule, flow.role].join('\n')}
            flow={flow}
            telling={telling}
          />
        ))}
      </ol>
    </>
  );
}

function MovementItem({ flow, telling }: { flow: Flow; telling: Telling }) {
  const span = telling.spanOf(flow.traceId, flow.spanId);
  const { because } = flow;
  const isAnother = because.traceId !== flow.traceId || because.spanId !== flow.spanId;
  const cause = isAnother ? telling.spanOf(because.traceId, because.spanId) : undefined;
  return (
    <li>
      <p className="evidence-head">
        <DateTime at={flow.at} precision="seconds" />
        <Sure confidence={flow.confidence} />
      </p>
      <p>{sentenceOf(flow, telling)}</p>
      {flow.role === 'actor' && <p className="faint">{texts.actor}</p>}
      {flow.skewMs !== undefined && <p className="faint">{texts.skew(flow.skewMs)}</p>}
      {flow.categories.length > 0 && <Words words={flow.categories} most={6} />}
      <details>
        <summary>
          {texts.rule} {because.rule} · <span className="mono">{flow.rule}</span>
        </summary>
        <p className="soft">{because.reason}</p>
        <ul>
          {cause !== undefined && <SpanLine span={cause} />}
          {span === undefined ? <li className="faint">{texts.gone}</li> : <SpanLine span={span} />}
        </ul>
      </details>
    </li>
  );
}

function SpanLine({ span }: { span: Span }) {
  return (
    <li className="evidence-span">
      <span>
        <strong>{span.name}</strong> <span className="soft">{span.service}</span>
      </span>
      <span className="faint">
        <DateTime at={span.start} precision="seconds" />, {texts.outcomes[span.outcome]}
      </span>
      <span className="faint mono">
        {texts.trace} {span.traceId.slice(0, 12)}… <CopyButton text={span.traceId} label={texts.copyTrace} />
      </span>
    </li>
  );
}

/** What the sentences need to know, from the answer that is drawn and the spans that came with the evidence. */
function tellingOf(answer: Lineage, from: string, spans: readonly Span[]): Telling {
  const spanKey = (traceId: string, spanId: string) => `${traceId}/${spanId}`;
  const bySpan = new Map(spans.map((span) => [spanKey(span.traceId, span.spanId), span]));
  const brought = new Map<string, Movement>();
  for (const edge of answer.edges) {
    if (edge.to !== from) continue;
    for (const { traceId, spanId, rule } of edge.evidence) {
      brought.set(spanKey(traceId, spanId), { from: edge.from, to: edge.to, action: edge.action, rule });
    }
  }
  const names = new Map(answer.nodes.flatMap(({ id, party, name }) => (party?.legalName === name ? [[id, name]] : [])));
  return {
    nameOf: (id) => names.get(id) ?? phraseOfId(id),
    spanOf: (traceId, spanId) => bySpan.get(spanKey(traceId, spanId)),
    broughtBy: (traceId, spanId) => brought.get(spanKey(traceId, spanId)),
    timeOf: (instant) => dateTimeText(instant, 'seconds'),
  };
}
