import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListOrdered } from 'lucide-react';
import { Fragment } from 'react';
import { CopyButton } from '../parts/copy-button.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { requestWork } from '../texts/en-request-work.ts';
import { DryRunPanel } from './dry-run-panel.tsx';
import { KeptParts } from './kept-parts.tsx';
import { NodeName, shortNode } from './node-name.tsx';
import { type Target, wavesOf } from './plan-waves.ts';
import { type Plan, planQuery, type Request } from './request-queries.ts';

const texts = requestWork.plan;

/** Every place that is asked, in which order, why it is in the plan, and how sure that is. */
export function PlanPanel({ request }: { request: Request }) {
  const { data: plan, error, refetch } = useQuery(planQuery(request.id, request.planVersion));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (plan === undefined) return <div className="skeleton block-wait" />;
  if (plan === null) {
    return (
      <div className="card">
        <EmptyState icon={ListOrdered} title={texts.none.title}>
          <p>{request.identity === null ? texts.none.unidentified : texts.none.soon}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="panel-stack">
      <p className="plan-head soft">
        {texts.made(plan.version)} <DateTime at={plan.madeAt} /> · {texts.places(plan.targets.length)} ·{' '}
        {texts.aliases(plan.aliases.count)} · {texts.hash} <span className="mono">{plan.hash.slice(7, 19)}</span>
        <CopyButton text={plan.hash} label={texts.copyHash} />
      </p>
      {plan.lineage !== 'whole' && (
        <p className="note" data-tone="warn">
          {texts.lineage[plan.lineage]}
        </p>
      )}
      {plan.unserved.length > 0 && <Unserved nodes={plan.unserved} />}
      {request.state === 'awaiting_approval' && <DryRunPanel request={request} />}
      <KeptParts request={request} plan={plan} />
      <div className="card request-table">
        <Targets plan={plan} />
      </div>
    </div>
  );
}

function Unserved({ nodes }: { nodes: readonly string[] }) {
  return (
    <div className="note" data-tone="warn">
      <div>
        <strong>{texts.unserved.title(nodes.length)}.</strong> {texts.unserved.lead}{' '}
        <Link to="/registry">{texts.unserved.register}</Link>
        <ul className="inline-nodes">
          {nodes.map((node) => (
            <li key={node}>
              <NodeName node={node} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Targets({ plan }: { plan: Plan }) {
  const waves = wavesOf(plan.targets);
  const hasCounts = plan.targets.some(({ counted }) => counted !== null);
  return (
    <table className="list plan-table">
      <caption className="sr-only">{texts.title}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.order}</th>
          <th scope="col">{texts.columns.place}</th>
          <th scope="col">{texts.columns.action}</th>
          <th scope="col">{texts.columns.origin}</th>
          {hasCounts && (
            <th scope="col" className="number">
              {texts.columns.counted}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {waves.map((wave, step) => (
          <Fragment key={wave[0]?.node}>
            {wave.map((target, i) => (
              <tr key={`${target.action}${target.node}`} data-wave-start={i === 0 || undefined}>
                {i === 0 && (
                  <th scope="rowgroup" rowSpan={wave.length} className="wave">
                    {texts.wave(step + 1)}
                    {wave.length > 1 && <span className="faint small">{texts.waveNow}</span>}
                  </th>
                )}
                <td>
                  <NodeName node={target.node} />
                  <After target={target} />
                </td>
                <td>{texts.actions[target.action]}</td>
                <td className="why-planned">
                  {texts.origins[target.origin]}
                  {target.confidence !== null && (
                    <span className="faint small">{texts.sure[target.confidence] ?? target.confidence}</span>
                  )}
                </td>
                {hasCounts && <td className="number">{target.counted ?? '–'}</td>}
              </tr>
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

const AFTER_SHOWN_MAX = 3;

function After({ target: { after, origin } }: { target: Target }) {
  // Ours wait for everything; saying so at length helps nobody.
  if (after.length === 0 || origin === 'own') return null;
  const shown = after.slice(0, AFTER_SHOWN_MAX).map(shortNode).join(', ');
  return <span className="faint small">{texts.after(after.length > AFTER_SHOWN_MAX ? `${shown} …` : shown)}</span>;
}
