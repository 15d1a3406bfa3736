import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { DateTime, dayText } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { requests } from '../../texts/en-requests.ts';
import { standing } from '../../texts/en-standing.ts';
import { LiftRestrictionDialog } from './lift-restriction-dialog.tsx';
import { type Restriction, restrictionsQuery } from './standing-queries.ts';

const texts = standing.restrictions;
const grounds: Readonly<Record<string, string>> = requests.grounds;

/** Whose data is kept and not used, by the request it comes from: who it is, only that request knows. */
export function Restrictions({ past, canLift }: { past: boolean; canLift: boolean }) {
  const restrictions = useQuery(restrictionsQuery(past));
  const [lifting, setLifting] = useState<Restriction | null>(null);
  return (
    <section className="card request-table" aria-labelledby="restrictions">
      <header className="card-head">
        <div>
          <h2 id="restrictions">{texts.title}</h2>
          <p className="soft">{texts.lead}</p>
        </div>
      </header>
      <ListFrame of={restrictions} rows={restrictions.data?.items} empty={<NoRestrictions />}>
        {(rows) => (
          <table className="list">
            <caption className="sr-only">{texts.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{texts.columns.request}</th>
                <th scope="col">{texts.columns.ground}</th>
                <th scope="col">{texts.columns.purposes}</th>
                <th scope="col">{texts.columns.since}</th>
                <th scope="col">
                  <span className="sr-only">{texts.columns.act}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((restriction) => {
                const { requestId, ground, purposes, since, lifted } = restriction;
                return (
                  <tr key={requestId} className={lifted === null ? undefined : 'past-row'}>
                    <td>
                      <Link to="/requests/$requestId" params={{ requestId }} className="row-link mono">
                        {requestId.slice(0, 8)}
                      </Link>
                    </td>
                    <td>{ground === null ? texts.noGround : (grounds[ground] ?? ground)}</td>
                    <td>{purposes.length === 0 ? texts.everyUse : purposes.join(', ')}</td>
                    <td>
                      <DateTime at={since} />
                    </td>
                    <td className="task-actions">
                      {lifted !== null
                        ? texts.lifted(dayText(lifted.notice.toldOn), lifted.notice.channel)
                        : canLift && (
                            <button
                              type="button"
                              className="button plain small-button"
                              aria-label={texts.liftOf(requestId.slice(0, 8))}
                              onClick={() => setLifting(restriction)}
                            >
                              {texts.lift}
                            </button>
                          )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </ListFrame>
      {restrictions.data?.truncated && <p className="empty soft">{standing.truncated}</p>}
      {lifting !== null && <LiftRestrictionDialog restriction={lifting} onClose={() => setLifting(null)} />}
    </section>
  );
}

function NoRestrictions() {
  return (
    <EmptyState icon={ShieldCheck} title={texts.none.title}>
      <p>{texts.none.lead}</p>
    </EmptyState>
  );
}
