import { useInfiniteQuery } from '@tanstack/react-query';
import { may, useSession } from '../app/session.ts';
import { typeWords } from '../audit/type-words.ts';
import { DateTime, dayText } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { texts as all } from '../texts/en.ts';
import { requestPage } from '../texts/en-request-page.ts';
import { Actor } from './facts-panel.tsx';
import { historyQuery, type Request } from './request-queries.ts';

const texts = requestPage.history;

/** Every step as the audit log holds it; for a key that may not read the log, the steps the request itself tells of. */
export function HistoryPanel({ request }: { request: Request }) {
  const session = useSession();
  if (!session) return null;
  return may(session, 'audit:read') ? <WholeHistory request={request} /> : <KnownSteps request={request} />;
}

function WholeHistory({ request }: { request: Request }) {
  const history = useInfiniteQuery(historyQuery(request.id));
  if (history.error !== null) return <Failure error={history.error} again={() => void history.refetch()} />;
  if (history.data === undefined) return <div className="skeleton block-wait" />;
  const entries = history.data.pages.flatMap(({ items }) => items);
  return (
    <div className="panel-stack">
      <p className="soft">{texts.lead}</p>
      <ol className="card history">
        {entries.map(({ index, at, type, actor, payload }) => (
          <li key={index}>
            <DateTime at={at} precision="seconds" />
            <span>
              <strong>{texts.types[type] ?? typeWords(type)}</strong> {changeOf(payload)}
            </span>
            <span className="soft">
              {actor.startsWith('key:') ? <Actor actor={actor} /> : texts.system}
              <span className="faint small">{texts.entry(index)}</span>
            </span>
          </li>
        ))}
      </ol>
      <MoreButton pages={history} label={texts.more} />
    </div>
  );
}

const states: Readonly<Record<string, string>> = all.request.states;

function changeOf(payload: Readonly<Record<string, unknown>> | null) {
  const { from, to } = payload ?? {};
  if (typeof from !== 'string' || typeof to !== 'string' || from === to) return null;
  return <span className="soft">{texts.from(states[from] ?? from, states[to] ?? to)}</span>;
}

function KnownSteps({ request }: { request: Request }) {
  const { identity, approval, clock, acknowledgedOn, endedAt } = request;
  const steps = [
    { what: texts.steps.received, at: request.receivedAt, by: null },
    { what: texts.steps.filed, at: request.filedAt, by: request.filedBy },
    ...(identity === null ? [] : [{ what: texts.steps.identified, at: identity.at, by: identity.by }]),
    ...(approval === null ? [] : [{ what: texts.steps.approved, at: approval.at, by: approval.by }]),
    ...(endedAt === null
      ? []
      : [{ what: `${texts.steps.ended}: ${all.request.states[request.state]}`, at: endedAt, by: null }]),
  ].toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return (
    <div className="panel-stack">
      <p className="soft">{texts.forbidden}</p>
      <ol className="card history">
        {steps.map(({ what, at, by }) => (
          <li key={what}>
            <DateTime at={at} precision="seconds" />
            <strong>{what}</strong>
            <span className="soft">{by !== null && <Actor actor={by} />}</span>
          </li>
        ))}
        {acknowledgedOn !== null && (
          <li>
            <span>{dayText(acknowledgedOn)}</span>
            <strong>{texts.steps.acknowledged}</strong>
            <span />
          </li>
        )}
        {clock.extension !== null && (
          <li>
            <span>{dayText(clock.extension.notifiedOn)}</span>
            <strong>{texts.steps.extended}</strong>
            <span />
          </li>
        )}
      </ol>
    </div>
  );
}
