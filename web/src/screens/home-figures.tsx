import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { daysUntil } from '../parts/days-left.tsx';
import { home } from '../texts/en-home.ts';
import { findingsQuery, openRequestsQuery } from './home-queries.ts';

const texts = home.figures;
const WEEK_DAYS = 7;

/** Four numbers, each a way to what it counts. A paused clock is neither near nor over. */
export function Figures({ seesRequests, seesFindings }: { seesRequests: boolean; seesFindings: boolean }) {
  const requests = useQuery({ ...openRequestsQuery, enabled: seesRequests });
  const findings = useQuery({ ...findingsQuery, enabled: seesFindings });
  const open = requests.data?.items;
  const now = new Date();
  const days = open?.filter(({ clock }) => !clock.paused).map(({ clock }) => daysUntil(clock.due, now));
  const isMore = requests.data?.nextCursor !== null;
  return (
    <ul className="figures" aria-label={texts.label}>
      {seesRequests && (
        <>
          <Figure name={texts.open} value={open?.length} isMore={isMore}>
            {(content) => <Link to="/requests">{content}</Link>}
          </Figure>
          <Figure name={texts.due} value={days?.filter((left) => left >= 0 && left <= WEEK_DAYS).length} tone="warn">
            {(content) => (
              <Link to="/requests" search={{ show: 'week' }}>
                {content}
              </Link>
            )}
          </Figure>
          <Figure name={texts.overdue} value={days?.filter((left) => left < 0).length} tone="bad">
            {(content) => (
              <Link to="/requests" search={{ show: 'overdue' }}>
                {content}
              </Link>
            )}
          </Figure>
        </>
      )}
      {seesFindings && (
        <Figure
          name={texts.findings}
          value={findings.data?.items.length}
          isMore={findings.data?.nextCursor !== null}
          tone="warn"
        >
          {(content) => <a href="#findings">{content}</a>}
        </Figure>
      )}
    </ul>
  );
}

function Figure({
  name,
  value,
  isMore = false,
  tone,
  children,
}: {
  name: string;
  value: number | undefined;
  isMore?: boolean;
  tone?: 'warn' | 'bad';
  children: (content: ReactNode) => ReactNode;
}) {
  return (
    <li className="card figure" data-tone={value === 0 ? undefined : tone}>
      {children(
        <>
          <span className="figure-name">{name}</span>
          <span className="figure-value">
            {value === undefined ? (
              <span className="skeleton figure-wait" />
            ) : isMore ? (
              texts.atLeast(value)
            ) : (
              value.toLocaleString('en')
            )}
          </span>
        </>,
      )}
    </li>
  );
}
