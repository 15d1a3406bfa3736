import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answerOf, api } from '../api/client.ts';
import { DaysLeft, daysUntil } from '../parts/days-left.tsx';
import { Failure } from '../parts/failure.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { texts } from '../texts/en.ts';
import './home.css';

const OVER = new Set(['completed', 'completed_with_exceptions', 'duplicate', 'expired', 'refused', 'withdrawn']);

/** What today asks for: deadlines first. */
export function Home() {
  const requests = useQuery({
    queryKey: ['requests', 'nearest'],
    queryFn: () => answerOf(api.GET('/v1/requests', { params: { query: { limit: 100 } } })),
  });
  const findings = useQuery({
    queryKey: ['findings'],
    queryFn: () => answerOf(api.GET('/v1/findings', { params: { query: {} } })),
  });
  const now = new Date();
  const open = (requests.data?.items ?? []).filter(({ state }) => !OVER.has(state));
  const running = open.filter(({ clock }) => !clock.paused);
  return (
    <div className="home">
      <h1>{texts.home.title}</h1>
      <dl className="figures">
        <Figure name={texts.home.open} value={requests.data && open.length} />
        <Figure
          name={texts.home.due}
          value={requests.data && running.filter(({ clock }) => within(daysUntil(clock.due, now), 0, 7)).length}
          tone="warn"
        />
        <Figure
          name={texts.home.overdue}
          value={requests.data && running.filter(({ clock }) => daysUntil(clock.due, now) < 0).length}
          tone="bad"
        />
        <Figure name={texts.home.findings} value={findings.data?.items.length} tone="warn" />
      </dl>
      <section className="card" aria-labelledby="deadlines">
        <header>
          <h2 id="deadlines">{texts.home.nextDeadlines}</h2>
          <Link to="/requests">{texts.home.allRequests}</Link>
        </header>
        {requests.error !== null ? (
          <Failure error={requests.error} again={() => void requests.refetch()} />
        ) : open.length === 0 ? (
          <p className="empty soft">{texts.home.nothingDue}</p>
        ) : (
          <ul>
            {open.slice(0, 8).map((request) => (
              <li key={request.id}>
                <span>{texts.request.types[request.type]}</span>
                <StateBadge state={request.state} />
                <DaysLeft due={request.clock.due} paused={request.clock.paused} now={now} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Figure({ name, value, tone }: { name: string; value: number | undefined; tone?: 'warn' | 'bad' }) {
  return (
    <div className="card" data-tone={value === 0 ? undefined : tone}>
      <dt>{name}</dt>
      <dd>{value === undefined ? <span className="skeleton figure-wait" /> : value}</dd>
    </div>
  );
}

const within = (value: number, least: number, most: number) => value >= least && value <= most;
