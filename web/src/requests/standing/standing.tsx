import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { may, useSession } from '../../app/session.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { requestPage } from '../../texts/en-request-page.ts';
import { standing as texts } from '../../texts/en-standing.ts';
import { Holds } from './holds.tsx';
import { Restrictions } from './restrictions.tsx';
import { WorkBrake } from './work-brake.tsx';
import '../request-list.css';
import '../request-detail.css';
import './standing.css';

/** What stands over all requests, and who may take it away. */
export function Standing() {
  const { past = false } = useSearch({ from: '/requests/standing' });
  const navigate = useNavigate({ from: '/requests/standing' });
  const session = useSession();
  if (!session) return null;
  const canApprove = may(session, 'requests:approve');
  return (
    <div className="screen">
      <Link to="/requests" className="back-link">
        <ArrowLeft size={14} aria-hidden="true" />
        {requestPage.detail.back}
      </Link>
      <PageHead title={texts.title} lead={texts.lead}>
        <label className="past-too">
          <input
            type="checkbox"
            checked={past}
            onChange={({ target }) => void navigate({ search: target.checked ? { past: true } : {}, replace: true })}
          />
          {texts.released}
        </label>
      </PageHead>
      {may(session, 'requests:read') && <WorkBrake canPause={canApprove} />}
      {may(session, 'governance:read') && (
        <>
          <Holds past={past} session={session} />
          <Restrictions past={past} canLift={canApprove} />
        </>
      )}
    </div>
  );
}
