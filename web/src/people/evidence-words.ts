import type { components } from '../api/schema.d.ts';
import { people } from '../texts/en-people.ts';

export type Flow = components['schemas']['Flow'];
export type Span = components['schemas']['SpanSummary'];

const words = people.words;

export interface Telling {
  /** What a node is called in a sentence. */
  readonly nameOf: (nodeId: string) => string;
  /** The span, where it is still kept. */
  readonly spanOf: (traceId: string, spanId: string) => Span | undefined;
  /** The movement by which this span brought the data to where the told one begins, as far as it is known. */
  readonly broughtBy: (traceId: string, spanId: string) => Movement | undefined;
  readonly timeOf: (instant: string) => string;
}

export type Movement = Pick<Flow, 'from' | 'to' | 'action' | 'rule'>;

/** Why a movement is known, as one sentence: "Inferred because billing read customers at 10:02 and wrote to tickets at 10:03." */
export function sentenceOf(flow: Flow, telling: Telling): string {
  const { confidence, because, at } = flow;
  const clause = words.at(clauseOf(flow, telling.nameOf), telling.timeOf(at));
  if (confidence === 'possible') return words.possible(clause, telling.timeOf(because.at));
  if (confidence === 'declared') return words.declared(clause);
  const itself = because.traceId === flow.traceId && because.spanId === flow.spanId;
  if (confidence === 'ambient') {
    return itself ? words.ambient(clause) : words.ambientInside(clause, spanName(because, telling));
  }
  const cause = causeOf(flow, telling);
  // "…read customers and wrote to tickets": who did both is named once.
  const actor = `${telling.nameOf(actorOf(flow))} `;
  return words.inferred(
    cause,
    cause.startsWith(actor) && clause.startsWith(actor) ? clause.slice(actor.length) : clause,
  );
}

/** Who acts in a movement: the one that reads or receives, or else the one that gives. */
const actorOf = ({ from, to, action, rule }: Movement): string =>
  rule === 'return' ||
  rule === 'turn' ||
  (rule !== 'call' && rule !== 'job' && (action === 'read' || action === 'receive'))
    ? to
    : from;

/** Who did what: the one that acts comes first, whichever way the data went. */
export function clauseOf({ from, to, action, rule }: Movement, nameOf: Telling['nameOf']): string {
  const [giver, taker] = [nameOf(from), nameOf(to)];
  switch (rule) {
    case 'call':
      return words.called(giver, taker);
    case 'return':
      return words.returned(taker, giver);
    case 'turn':
      return words.continued(taker, giver);
    case 'job':
      return words.job(giver, taker);
  }
  return action === 'read' || action === 'receive' ? words[action](taker, giver) : words[action](giver, taker);
}

/** What brought the data to where the movement begins. */
function causeOf({ because, ...flow }: Flow, telling: Telling): string {
  const at = telling.timeOf(because.at);
  const isAnother = because.traceId !== flow.traceId || because.spanId !== flow.spanId;
  const brought = isAnother ? telling.broughtBy(because.traceId, because.spanId) : undefined;
  if (brought !== undefined) return words.at(clauseOf(brought, telling.nameOf), at);
  const cause = words.causes[because.rule] ?? words.causes[1];
  return cause?.(spanName(because, telling), at) ?? '';
}

function spanName({ traceId, spanId }: { traceId: string; spanId: string }, { spanOf }: Telling): string {
  const span = spanOf(traceId, spanId);
  return span === undefined ? words.earlier : words.span(span.name, span.service);
}
