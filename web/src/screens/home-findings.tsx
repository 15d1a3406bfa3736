import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BadgeCheck } from 'lucide-react';
import type { components } from '../api/schema.d.ts';
import { DateTime, dayText } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { findingWords } from '../parts/finding-words.ts';
import { home } from '../texts/en-home.ts';
import { findingsQuery } from './home-queries.ts';

const texts = home.findings;
const SHOWN_MAX = 6;
type Finding = components['schemas']['Finding'];

/** What a machine has found and a person must look at, the newest first. */
export function Findings() {
  const { data, error, refetch } = useQuery(findingsQuery);
  const found = data?.items.toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1)) ?? [];
  return (
    <section className="card home-card" id="findings" aria-labelledby="findings-title">
      <header>
        <h2 id="findings-title">{texts.title}</h2>
      </header>
      {error !== null ? (
        <Failure error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <div className="skeleton block-wait" />
      ) : found.length === 0 ? (
        <EmptyState icon={BadgeCheck} title={texts.none} />
      ) : (
        <ul>
          {found.slice(0, SHOWN_MAX).map((finding) => (
            <FindingRow key={finding.id} finding={finding} />
          ))}
          {found.length > SHOWN_MAX && <li className="finding soft">{texts.more(found.length - SHOWN_MAX)}</li>}
        </ul>
      )}
    </section>
  );
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const REQUEST_ID = /^[0-9a-f-]{36}$/;

function FindingRow({ finding: { type, details, times, lastSeen } }: { finding: Finding }) {
  const { requestId, dueOn } = details;
  return (
    <li className="finding">
      <p>
        {findingWords(type)}
        {typeof dueOn === 'string' && DAY.test(dueOn) && <span className="soft"> ({texts.due(dayText(dueOn))})</span>}
      </p>
      <p className="soft">
        {texts.times(times)}, <DateTime at={lastSeen} />
        {typeof requestId === 'string' && REQUEST_ID.test(requestId) && (
          <>
            {' '}
            ·{' '}
            <Link to="/requests/$requestId" params={{ requestId }}>
              {texts.request}
            </Link>
          </>
        )}
      </p>
    </li>
  );
}
