import { useQuery } from '@tanstack/react-query';
import { Hammer } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { may, useSession } from '../app/session.ts';
import { dayText } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requestWork } from '../texts/en-request-work.ts';
import { ExemptDialog } from './exempt-dialog.tsx';
import { Actor } from './facts-panel.tsx';
import { NodeName, shortNode } from './node-name.tsx';
import { partText } from './part-text.ts';
import { ProblemNote } from './problem-note.tsx';
import { Receipts } from './receipts.tsx';
import { Rechecks } from './rechecks.tsx';
import { isMoving, isOpen, nextQuery, type Request, receiptsQuery, type Task, tasksQuery } from './request-queries.ts';
import { groupOf, isExemptable } from './task-groups.ts';
import { useStep } from './use-step.ts';
import { WorkBar } from './work-bar.tsx';

const texts = requestWork.work;

/** The work at every place while it happens, and what shows afterwards that it was done. */
export function WorkPanel({ request }: { request: Request }) {
  const isLive = isMoving(request.state) || request.state === 'blocked';
  const { data: tasks, error, refetch } = useQuery(tasksQuery(request.id, isLive));
  const [exempting, setExempting] = useState<Task | null>(null);
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (tasks === undefined) return <div className="skeleton block-wait" />;
  if (tasks.length === 0) {
    return (
      <div className="card">
        <EmptyState icon={Hammer} title={texts.none.title}>
          <p>{texts.none.lead}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="panel-stack">
      <WorkBar progress={request.progress} legend />
      <div className="card request-table">
        <table className="list work-table">
          <thead>
            <tr>
              <th scope="col">{texts.columns.place}</th>
              <th scope="col">{texts.columns.state}</th>
              <th scope="col">{texts.columns.counts}</th>
              <th scope="col">{texts.columns.hands}</th>
              <th scope="col">
                <span className="sr-only">{texts.columns.more}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tasks.map((task) => (
              <TaskRows
                key={task.id}
                task={task}
                request={request}
                isLive={isLive}
                onExempt={() => setExempting(task)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {request.type === 'erasure' && !isOpen(request.state) && <Rechecks requestId={request.id} />}
      {exempting !== null && <ExemptDialog task={exempting} onClose={() => setExempting(null)} />}
    </div>
  );
}

const TONES = { proven: 'good', exception: 'act', working: 'wait', waiting: 'over', stuck: 'bad' } as const;

function TaskRows({
  task,
  request,
  isLive,
  onExempt,
}: {
  task: Task;
  request: Request;
  isLive: boolean;
  onExempt: () => void;
}) {
  const session = useSession();
  const { data: next } = useQuery(nextQuery(request.id));
  const { data: receipts } = useQuery(receiptsQuery(request.id, isLive));
  const [isOpened, setOpened] = useState(false);
  const retry = useStep(() => answerOf(api.POST('/v1/tasks/{id}/retry', { params: { path: { id: task.id } } })));
  if (!session) return null;
  const own = receipts?.filter(({ taskId }) => taskId === task.id) ?? [];
  const canExempt =
    isOpen(request.state) && isExemptable(task) && may(session, 'requests:approve') && next?.isSecondPerson === true;
  const { counts } = task;
  return (
    <>
      <tr>
        <td>
          <NodeName node={task.node} />
          <Remarks task={task} />
        </td>
        <td>
          <span className="badge" data-tone={TONES[groupOf(task.state)]}>
            {texts.states[task.state]}
          </span>
          {task.leasedTo !== null && <span className="faint small">{texts.worker(task.leasedTo.worker)}</span>}
        </td>
        <td className="number-left">
          {counts === null
            ? '–'
            : task.action === 'export'
              ? texts.countsOf.export(counts.found)
              : texts.counts(counts.found, counts.erased, counts.residual)}
          {task.method !== null && <span className="faint small mono">{task.method}</span>}
        </td>
        <td>
          {task.executedBy === null ? <span className="faint">–</span> : <Actor actor={task.executedBy} />}
          {task.executedBy !== null && (
            <span className="small">
              {task.verifiedBy === null ? (
                <span className="faint">{texts.unverified}</span>
              ) : (
                <Actor actor={task.verifiedBy} />
              )}
            </span>
          )}
        </td>
        <td className="task-actions">
          {task.state === 'failed_final' && isOpen(request.state) && may(session, 'requests:write') && (
            <button
              type="button"
              className="button plain small-button"
              disabled={retry.isPending}
              onClick={() => retry.mutate()}
            >
              {texts.retry}
            </button>
          )}
          {canExempt && (
            <button type="button" className="button plain small-button" onClick={onExempt}>
              {texts.exempt}
            </button>
          )}
          {own.length > 0 && (
            <button
              type="button"
              className="button plain small-button"
              aria-expanded={isOpened}
              onClick={() => setOpened(!isOpened)}
            >
              {isOpened ? texts.receipts.hide : texts.receipts.show}
            </button>
          )}
        </td>
      </tr>
      {(isOpened || retry.error !== null) && (
        <tr className="evidence-row">
          <td colSpan={5}>
            <ProblemNote error={retry.error} />
            {isOpened && <Receipts receipts={own} place={shortNode(task.node)} />}
          </td>
        </tr>
      )}
    </>
  );
}

const WAITS_SHOWN_MAX = 3;

function Remarks({ task }: { task: Task }) {
  const { failure, exemption, cannotErase, after, state, keeps } = task;
  return (
    <>
      {failure !== null && groupOf(state) !== 'proven' && (
        <span className="small tone-bad">
          {texts.failure(failure.code)}, {texts.classes[failure.class]}
          {failure.message !== null && `. ${failure.message}`}
        </span>
      )}
      {exemption !== null && (
        <span className="small soft">
          {texts.exemption(exemptionText(exemption.code), exemption.basis)} <Actor actor={exemption.by} />.{' '}
          {texts.reviewAt(dayText(exemption.reviewAt))}
        </span>
      )}
      {keeps.length > 0 && <span className="small tone-warn">{texts.keeps(keeps.map(partText).join('; '))}</span>}
      {cannotErase.length > 0 && <span className="small soft">{texts.cannot(cannotErase.join(', '))}</span>}
      {state === 'blocked' && after.length > 0 && task.origin !== 'own' && (
        <span className="small faint">{texts.waits(after.slice(0, WAITS_SHOWN_MAX).map(shortNode).join(', '))}</span>
      )}
    </>
  );
}

const codes: Readonly<Record<string, string>> = requestSteps.exempt.codes;
const exemptionText = (code: string): string => codes[code] ?? code;
