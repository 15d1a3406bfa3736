import { ShieldAlert, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { may, useSession } from '../app/session.ts';
import { dayText } from '../parts/date-time.tsx';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requestWork } from '../texts/en-request-work.ts';
import { Actor } from './facts-panel.tsx';
import { KeepDialog } from './keep-dialog.tsx';
import { NodeName, shortNode } from './node-name.tsx';
import { partText } from './part-text.ts';
import { ProblemNote } from './problem-note.tsx';
import type { Plan, Request } from './request-queries.ts';
import { useStep } from './use-step.ts';

const texts = requestWork.plan.keep;
const codes: Readonly<Record<string, string>> = requestSteps.exempt.codes;
type Exemption = Plan['exemptions'][number];
export type NewExemption = Omit<Exemption, 'by'>;

/** Exemptions of an erasure before it is approved (Art. 17(3)); those of single places come later, with the work. */
export function KeptParts({ request, plan }: { request: Request; plan: Plan }) {
  const session = useSession();
  const [isAdding, setAdding] = useState(false);
  const step = useStep(
    (items: readonly NewExemption[]) =>
      answerOf(
        api.PUT('/v1/requests/{id}/exemptions', {
          params: { path: { id: request.id } },
          body: { items: [...items], replaces: plan.exemptionsHash },
        }),
      ),
    () => setAdding(false),
  );
  const canChange =
    session !== null &&
    session !== undefined &&
    may(session, 'requests:write') &&
    request.type === 'erasure' &&
    request.state === 'awaiting_approval';
  if (plan.exemptions.length === 0 && !canChange) return null;
  const kept = plan.exemptions.map(withoutHand);
  return (
    <section className="card panel" aria-labelledby="kept">
      <div className="dry-run-head">
        <div>
          <h3 id="kept">{texts.title}</h3>
          <p className="soft">{texts.lead}</p>
        </div>
        {canChange && (
          <button type="button" className="button plain" onClick={() => setAdding(true)}>
            <ShieldAlert size={15} aria-hidden="true" />
            {texts.add}
          </button>
        )}
      </div>
      <ul className="open-points">
        {plan.exemptions.map((exemption, i) => (
          <li key={`${exemption.node}${exemption.code}${partText(exemption)}`}>
            <div>
              <NodeName node={exemption.node} /> <span className="soft">{partText(exemption)}</span>
              <p className="soft">
                {codes[exemption.code] ?? exemption.code}: {exemption.basis} <Actor actor={exemption.by} />.{' '}
                {requestWork.work.reviewAt(dayText(exemption.reviewAt))}
              </p>
            </div>
            {canChange && (
              <button
                type="button"
                className="icon-button"
                aria-label={texts.remove(shortNode(exemption.node))}
                disabled={step.isPending}
                onClick={() => step.mutate(kept.filter((_, other) => other !== i))}
              >
                <Trash2 size={16} aria-hidden="true" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {!isAdding && <ProblemNote error={step.error} />}
      {isAdding && (
        <KeepDialog
          plan={plan}
          step={step}
          onKeep={(exemption) => step.mutate([...kept, exemption])}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  );
}

const withoutHand = ({ by: _, ...exemption }: Exemption): NewExemption => exemption;
