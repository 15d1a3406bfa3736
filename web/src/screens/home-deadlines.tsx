import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarCheck } from 'lucide-react';
import { DaysLeft } from '../parts/days-left.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Overlays } from '../requests/overlays.tsx';
import { texts as all } from '../texts/en.ts';
import { home } from '../texts/en-home.ts';
import { openRequestsQuery } from './home-queries.ts';

const texts = home.deadlines;
const SHOWN_MAX = 8;

/** What is due next, with the days that are left. */
export function Deadlines({ isSeen }: { isSeen: boolean }) {
  const { data, error, refetch } = useQuery({ ...openRequestsQuery, enabled: isSeen });
  return (
    <section className="card home-card" aria-labelledby="deadlines">
      <header>
        <h2 id="deadlines">{texts.title}</h2>
        {isSeen && <Link to="/requests">{texts.all}</Link>}
      </header>
      {!isSeen ? (
        <p className="home-empty soft">{texts.forbidden}</p>
      ) : error !== null ? (
        <Failure error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <div className="skeleton block-wait" />
      ) : data.items.length === 0 ? (
        <EmptyState icon={CalendarCheck} title={texts.none}>
          <p>{texts.noneLead}</p>
        </EmptyState>
      ) : (
        <ul>
          {data.items.slice(0, SHOWN_MAX).map((request) => (
            <li key={request.id} className="deadline-row">
              <Link to="/requests/$requestId" params={{ requestId: request.id }} className="deadline">
                <span className="deadline-what">
                  {all.request.types[request.type]} <span className="mono faint">{request.id.slice(0, 8)}</span>
                </span>
                <span>
                  <StateBadge state={request.state} /> <Overlays request={request} />
                </span>
                <DaysLeft due={request.clock.due} paused={request.clock.paused} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
