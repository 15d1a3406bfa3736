import { useQuery } from '@tanstack/react-query';
import { Calculator } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { may, useSession } from '../app/session.ts';
import { requestWork } from '../texts/en-request-work.ts';
import { NodeName } from './node-name.tsx';
import { ProblemNote } from './problem-note.tsx';
import { dryRunQuery, type Request } from './request-queries.ts';
import { useStep } from './use-step.ts';

const texts = requestWork.plan.dryRun;

/** Counting before approving: nothing is changed, and the counts can become part of what is approved. */
export function DryRunPanel({ request }: { request: Request }) {
  const session = useSession();
  const { data } = useQuery(dryRunQuery(request.id, request.planVersion));
  const params = { path: { id: request.id } };
  const start = useStep(() => answerOf(api.POST('/v1/requests/{id}/dry-run', { params })));
  const adopt = useStep(() => answerOf(api.POST('/v1/requests/{id}/plan', { params })));
  if (!session || !data?.irreversible) return null;
  const { items, done } = data;
  const mayWrite = may(session, 'requests:write');
  if (items.length === 0 && !mayWrite) return null;
  const answered = items.filter(({ state }) => state === 'counted' || state === 'failed').length;
  const failed = items.filter(({ state }) => state === 'failed');
  const found = items.reduce((sum, item) => sum + (item.found ?? 0), 0);
  return (
    <section className="card panel dry-run" aria-label={texts.title}>
      <div className="dry-run-head">
        <div>
          <h3>{texts.title}</h3>
          <p className="soft" role="status">
            {items.length === 0 ? texts.lead : done ? texts.done(found) : texts.running(answered, items.length)}
          </p>
        </div>
        {mayWrite && items.length === 0 && (
          <button type="button" className="button plain" disabled={start.isPending} onClick={() => start.mutate()}>
            <Calculator size={15} aria-hidden="true" />
            {texts.start}
          </button>
        )}
        {mayWrite && failed.length > 0 && done && (
          <button type="button" className="button plain" disabled={start.isPending} onClick={() => start.mutate()}>
            {texts.again}
          </button>
        )}
        {mayWrite && done && (
          <button
            type="button"
            className="button plain"
            title={texts.adoptHint}
            disabled={adopt.isPending}
            onClick={() => adopt.mutate()}
          >
            {texts.adopt}
          </button>
        )}
      </div>
      {items.length > 0 && !done && <progress value={answered} max={items.length} aria-label={texts.title} />}
      {items.length > 0 && (
        <ul className="count-list">
          {items.map(({ node, state, found: count, failure }) => (
            <li key={node}>
              <NodeName node={node} />
              <span className={state === 'failed' ? 'tone-bad' : 'soft'}>
                {count ?? texts.states[state]}
                {failure !== null && ` (${failure})`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <ProblemNote error={start.error ?? adopt.error} />
    </section>
  );
}
