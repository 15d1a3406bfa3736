import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { may, useSession } from '../app/session.ts';
import { DateTime, dayText } from '../parts/date-time.tsx';
import { standing } from '../texts/en-standing.ts';
import { Actor } from './facts-panel.tsx';
import type { Request } from './request-queries.ts';
import { LiftRestrictionDialog } from './standing/lift-restriction-dialog.tsx';
import { restrictionsQuery } from './standing/standing-queries.ts';

const texts = standing.restrictions;

/** Of a restriction or an objection: since when data is not used, and the way to end that. Nothing before it began. */
export function RestrictionPanel({ request }: { request: Request }) {
  const session = useSession();
  const mayRead = session ? may(session, 'governance:read') : false;
  const isOne = request.type === 'restriction' || request.type === 'objection';
  const { data } = useQuery({ ...restrictionsQuery(true), enabled: isOne && mayRead });
  const [lifting, setLifting] = useState(false);
  const own = data?.items.find(({ requestId }) => requestId === request.id);
  if (!isOne || !session || own === undefined) return null;
  const { lifted } = own;
  return (
    <section className="card panel restriction" aria-labelledby="restriction">
      <h2 id="restriction">{texts.ofRequest.title}</h2>
      {lifted === null ? (
        <div className="step-buttons">
          <p>
            {texts.ofRequest.inForce} <DateTime at={own.since} />,{' '}
            {own.purposes.length === 0 ? texts.everyUse : own.purposes.join(', ')}
          </p>
          {may(session, 'requests:approve') && (
            <button type="button" className="button plain" onClick={() => setLifting(true)}>
              {texts.dialog.title}
            </button>
          )}
        </div>
      ) : (
        <>
          <p>
            {texts.lifted(dayText(lifted.notice.toldOn), lifted.notice.channel)}.{' '}
            {texts.ofRequest.reason(lifted.notice.reason)}{' '}
            <span className="soft">
              <DateTime at={lifted.at} /> <Actor actor={lifted.by} />
            </span>
          </p>
          <p className="soft">{texts.ofRequest.marks}</p>
        </>
      )}
      {lifting && <LiftRestrictionDialog restriction={own} onClose={() => setLifting(false)} />}
    </section>
  );
}
