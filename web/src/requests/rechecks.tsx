import { useQuery } from '@tanstack/react-query';
import { DateTime } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { requestWork } from '../texts/en-request-work.ts';
import { rechecksQuery } from './request-queries.ts';

const texts = requestWork.work.rechecks;

/** Looks after the end (verification level V4): when they are due, and whether anything had come back. */
export function Rechecks({ requestId }: { requestId: string }) {
  const { data, error } = useQuery(rechecksQuery(requestId));
  if (error !== null) return <Failure error={error} />;
  if (data === undefined || data.length === 0) return null;
  return (
    <section className="card panel" aria-labelledby="rechecks">
      <h3 id="rechecks">{texts.title}</h3>
      <p className="soft">{texts.lead}</p>
      <ul className="recheck-list">
        {data.map(({ after, dueAt, checkedAt, found }) => (
          <li key={after}>
            <span>{texts.after[after] ?? after}</span>
            {checkedAt === null ? (
              <span className="soft">
                {texts.due} <DateTime at={dueAt} />
              </span>
            ) : (
              <span className={found ? 'tone-bad' : 'tone-good'}>
                {found ? texts.found(found) : texts.clean} (<DateTime at={checkedAt} />)
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
