import { useQuery } from '@tanstack/react-query';
import { Hand, Plus } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { may, type OwnKey } from '../../app/session.ts';
import { DateTime, Day } from '../../parts/date-time.tsx';
import { DaysLeft } from '../../parts/days-left.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { standing } from '../../texts/en-standing.ts';
import { Actor } from '../facts-panel.tsx';
import { NodeName } from '../node-name.tsx';
import { StepForm } from '../step-form.tsx';
import { useStep } from '../use-step.ts';
import { PlaceHoldDialog } from './place-hold-dialog.tsx';
import { type Hold, holdsQuery } from './standing-queries.ts';

const texts = standing.holds;

/** Legal holds by scope; one on a single request is a step of that request. */
export function Holds({ past, session }: { past: boolean; session: OwnKey }) {
  const holds = useQuery(holdsQuery(past));
  const [placing, setPlacing] = useState(false);
  const [lifting, setLifting] = useState<Hold | null>(null);
  const canAct = may(session, 'requests:approve');
  return (
    <section className="card request-table" aria-labelledby="holds">
      <header className="card-head">
        <div>
          <h2 id="holds">{texts.title}</h2>
          <p className="soft">{texts.lead}</p>
        </div>
        {canAct && (
          <button type="button" className="button" onClick={() => setPlacing(true)}>
            <Plus size={16} aria-hidden="true" />
            {texts.place}
          </button>
        )}
      </header>
      <ListFrame of={holds} rows={holds.data?.items} empty={<NoHolds />}>
        {(rows) => (
          <table className="list">
            <caption className="sr-only">{texts.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{texts.columns.matter}</th>
                <th scope="col">{texts.columns.covers}</th>
                <th scope="col">{texts.columns.placed}</th>
                <th scope="col">{texts.columns.review}</th>
                <th scope="col">
                  <span className="sr-only">{texts.columns.act}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((hold) => (
                <tr key={hold.id} className={hold.released === null ? undefined : 'past-row'}>
                  <td>{hold.matter}</td>
                  <td>
                    <Covers hold={hold} />
                  </td>
                  <td>
                    <DateTime at={hold.placedAt} />
                    <span className="small">
                      <Actor actor={hold.placedBy} />
                    </span>
                  </td>
                  <td>
                    {hold.released === null ? (
                      <DaysLeft due={hold.reviewAt} paused={false} />
                    ) : (
                      <Day day={hold.reviewAt} />
                    )}
                  </td>
                  <td className="task-actions">
                    {hold.released !== null ? (
                      <>
                        {texts.lifted} <DateTime at={hold.released.at} />
                        <span className="small">
                          <Actor actor={hold.released.by} />
                        </span>
                      </>
                    ) : hold.placedBy === `key:${session.id}` ? (
                      <span className="faint">{texts.own}</span>
                    ) : (
                      canAct && (
                        <button
                          type="button"
                          className="button plain small-button"
                          aria-label={texts.liftOf(hold.matter)}
                          onClick={() => setLifting(hold)}
                        >
                          {texts.lift}
                        </button>
                      )
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {holds.data?.truncated && <p className="empty soft">{standing.truncated}</p>}
      {placing && <PlaceHoldDialog onClose={() => setPlacing(false)} />}
      {lifting !== null && <LiftDialog hold={lifting} onClose={() => setLifting(null)} />}
    </section>
  );
}

function NoHolds() {
  return (
    <EmptyState icon={Hand} title={texts.none.title}>
      <p>{texts.none.lead}</p>
    </EmptyState>
  );
}

function Covers({ hold: { covers, nodes } }: { hold: Hold }) {
  const person = covers === 'one_person';
  if (nodes.length === 0) return person ? texts.covers.person : texts.covers.everything;
  return (
    <>
      {person ? texts.covers.personPlaces(nodes.length) : texts.covers.places(nodes.length)}
      <ul className="hold-places">
        {nodes.map((node) => (
          <li key={node}>
            <NodeName node={node} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** By another person than placed it: the API knows whose key is whose. */
function LiftDialog({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const step = useStep(
    () => answerOf(api.POST('/v1/holds/{id}/release', { params: { path: { id: hold.id } } })),
    onClose,
  );
  return (
    <StepForm
      title={texts.liftDialog.title}
      lead={texts.liftDialog.lead}
      action={texts.liftDialog.submit}
      grave
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <div>
        <strong className="block">{hold.matter}</strong>
        <Covers hold={hold} />
      </div>
    </StepForm>
  );
}
