import { useQuery } from '@tanstack/react-query';
import { Clock, LoaderCircle, UserRound, Users, Wrench } from 'lucide-react';
import type { components } from '../api/schema.d.ts';
import { dateTimeText } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { requestPage } from '../texts/en-request-page.ts';
import { NodeName } from './node-name.tsx';
import { whyQuery } from './request-queries.ts';

const texts = requestPage.why;
type Wait = components['schemas']['Wait'];
const ICONS = { officer: UserRound, approver: Users, operator: Wrench, person: UserRound, nobody: Clock } as const;

/** Why it is where it is: who has to act, and what gets it going. */
export function WhyPanel({ requestId, isLive }: { requestId: string; isLive: boolean }) {
  const { data, error } = useQuery(whyQuery(requestId, isLive));
  if (error !== null) return <Failure error={error} />;
  return (
    <section className="why" aria-labelledby="why" aria-live="polite">
      <h2 id="why">{texts.title}</h2>
      {data === undefined ? (
        <div className="skeleton line-wait" />
      ) : data.waits.length === 0 ? (
        <p className="moving">
          <LoaderCircle size={15} aria-hidden="true" />
          {texts.moving}
        </p>
      ) : (
        <ol>
          {data.waits.map((wait) => (
            <Waiting key={`${wait.code}${wait.says}`} wait={wait} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Waiting({ wait }: { wait: Wait }) {
  const Icon = ICONS[wait.who];
  const nodes = wait.nodes ?? [];
  // The API names commands of its command line; here there are buttons.
  const todo = wait.do === null ? null : (texts.todo[wait.code] ?? wait.do);
  return (
    <li className="wait" data-who={wait.who}>
      <p className="who-acts">
        <Icon size={14} aria-hidden="true" />
        {texts.who[wait.who]}
        {wait.until !== undefined && (
          <span className="soft">
            {' '}
            {texts.until} {dateTimeText(wait.until, 'seconds')}
          </span>
        )}
      </p>
      <p>{wait.says}</p>
      {nodes.length > 0 && (
        <details>
          <summary>{texts.nodes(wait.count ?? nodes.length)}</summary>
          <ul>
            {nodes.map((node) => (
              <li key={node}>
                <NodeName node={node} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {todo !== null && <p className="soft">{todo}</p>}
    </li>
  );
}
