import { useQuery } from '@tanstack/react-query';
import { Megaphone } from 'lucide-react';
import { useState } from 'react';
import { may, useSession } from '../app/session.ts';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { WithPurpose } from '../parts/purpose-dialog.tsx';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { NodeName } from './node-name.tsx';
import { type RecipientStep, RecipientStepDialog } from './recipient-steps.tsx';
import { nextQuery, type Recipient, type Request, recipientsQuery } from './request-queries.ts';

const texts = requestAnswers.recipients;

/** Who received the person's data, and how each was told (Art. 19). A look at a person: it needs a purpose. */
export function RecipientsPanel({ request }: { request: Request }) {
  return (
    <WithPurpose>
      <Recipients request={request} />
    </WithPurpose>
  );
}

function Recipients({ request }: { request: Request }) {
  const { data, error, refetch } = useQuery(recipientsQuery(request.id));
  const [open, setOpen] = useState<{ party: string; step: RecipientStep } | null>(null);
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <div className="skeleton block-wait" />;
  if (data.length === 0) {
    return (
      <div className="card">
        <EmptyState icon={Megaphone} title={texts.none.title}>
          <p>{texts.none.lead}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="panel-stack">
      <p className="soft">{texts.lead}</p>
      <div className="card request-table">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{texts.columns.party}</th>
              <th scope="col">{texts.columns.state}</th>
              <th scope="col">{texts.columns.said}</th>
              <th scope="col">
                <span className="sr-only">{texts.columns.act}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((recipient) => (
              <Row
                key={recipient.party}
                recipient={recipient}
                request={request}
                onStep={(step) => setOpen({ party: recipient.party, step })}
              />
            ))}
          </tbody>
        </table>
      </div>
      {open !== null && (
        <RecipientStepDialog requestId={request.id} party={open.party} step={open.step} onClose={() => setOpen(null)} />
      )}
    </div>
  );
}

const TONES = { owed: 'act', sent: 'wait', acknowledged: 'good', excused: 'over' } as const;

function Row({
  recipient,
  request,
  onStep,
}: {
  recipient: Recipient;
  request: Request;
  onStep: (step: RecipientStep) => void;
}) {
  const session = useSession();
  const { data: next } = useQuery(nextQuery(request.id));
  if (!session) return null;
  const mayWrite = may(session, 'requests:write');
  const mayExcuse = may(session, 'requests:approve') && next?.isSecondPerson === true;
  const { state, hold, excuse } = recipient;
  return (
    <tr>
      <td>
        <strong>{recipient.legalName ?? recipient.party}</strong>
        <span className="small soft">
          {recipient.legalName === null
            ? texts.unnamed
            : [recipient.role?.replaceAll('_', ' '), recipient.country, recipient.contact].filter(Boolean).join(' · ')}
        </span>
        {recipient.nodes.map((node) => (
          <span key={node} className="small">
            <NodeName node={node} />
          </span>
        ))}
        {hold !== null && <span className="small tone-warn">{texts.hold(hold.matter)}</span>}
      </td>
      <td>
        <span className="badge" data-tone={TONES[state]}>
          {texts.states[state]}
        </span>
        {recipient.sentAt !== null && recipient.channel !== null && (
          <span className="small soft">
            {texts.channels[recipient.channel]}, <DateTime at={recipient.sentAt} />
          </span>
        )}
        {recipient.againSince !== null && <span className="small tone-warn">{texts.again}</span>}
        {excuse !== null && (
          <span className="small soft">
            {texts.excuses[excuse.code]}: {excuse.basis}
          </span>
        )}
      </td>
      <td>
        {recipient.acknowledgement === null || recipient.acknowledgedAt === null ? (
          <span className="faint">–</span>
        ) : (
          <>
            {texts.answers[recipient.acknowledgement]}
            <span className="small soft">
              <DateTime at={recipient.acknowledgedAt} />
            </span>
          </>
        )}
      </td>
      <td className="task-actions">
        {mayWrite && (state === 'owed' || recipient.againSince !== null) && (
          <StepButton label={texts.notice.act} onClick={() => onStep('notice')} />
        )}
        {mayWrite && state === 'sent' && <StepButton label={texts.answer.act} onClick={() => onStep('answer')} />}
        {mayExcuse && state === 'owed' && <StepButton label={texts.excuse.act} onClick={() => onStep('excuse')} />}
      </td>
    </tr>
  );
}

function StepButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="button plain small-button" onClick={onClick}>
      {label}
    </button>
  );
}
