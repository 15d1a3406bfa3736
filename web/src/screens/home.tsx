import { useQuery } from '@tanstack/react-query';
import { may, useSession } from '../app/session.ts';
import { PageHead } from '../parts/page-head.tsx';
import { home } from '../texts/en-home.ts';
import { Deadlines } from './home-deadlines.tsx';
import { Figures } from './home-figures.tsx';
import { Findings } from './home-findings.tsx';
import { FirstRun } from './home-first-run.tsx';
import { Health } from './home-health.tsx';
import { ingestHealthQuery } from './home-queries.ts';
import './home.css';

/** What today asks for: deadlines first, then what must be looked at, then whether anything comes in at all. */
export function Home() {
  const session = useSession();
  const seesGovernance = session ? may(session, 'governance:read') : false;
  const health = useQuery({ ...ingestHealthQuery('day'), enabled: seesGovernance });
  if (!session) return null;
  const seesRequests = may(session, 'requests:read');
  return (
    <div className="screen home">
      <PageHead title={home.title} />
      {(seesRequests || seesGovernance) && <Figures seesRequests={seesRequests} seesFindings={seesGovernance} />}
      {health.data !== undefined && <FirstRun health={health.data} session={session} />}
      <div className="home-columns">
        <Deadlines isSeen={seesRequests} />
        {seesGovernance && <Findings />}
      </div>
      {seesGovernance && health.data?.newestSpan !== null && <Health />}
    </div>
  );
}
