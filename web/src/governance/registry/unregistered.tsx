import { CircleCheck } from 'lucide-react';
import { DateTime } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { governance } from '../../texts/en-governance.ts';
import type { MapNode } from '../map/map-filter.ts';
import { NodeName } from '../parts/node-kind.tsx';
import { peopleText } from '../parts/people-count.ts';
import { Tags } from '../parts/tags.tsx';

const texts = governance.registry;

/** Places that hold or receive people's data and that no deletion job would reach. */
export function Unregistered({
  found,
  error,
  seesMap,
  canWrite,
  onEdit,
}: {
  found: readonly MapNode[] | undefined;
  error: unknown;
  seesMap: boolean;
  canWrite: boolean;
  onEdit: (id: string) => void;
}) {
  if (!seesMap) return <p className="card empty soft">{texts.unregistered.noMap}</p>;
  if (error) return <Failure error={error} />;
  if (found === undefined) return <div className="skeleton rows-wait" />;
  if (found.length === 0) {
    return (
      <div className="card">
        <EmptyState icon={CircleCheck} title={texts.unregistered.none.title}>
          <p>{texts.unregistered.none.lead}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <p className="soft">{texts.unregistered.lead}</p>
      </header>
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.columns.place}</th>
            <th scope="col" className="number">
              {texts.columns.people}
            </th>
            <th scope="col">{texts.columns.categories}</th>
            <th scope="col">{texts.columns.seen}</th>
            <th scope="col">
              <span className="sr-only">{texts.columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((node) => (
            <tr key={node.id}>
              <td>
                <NodeName id={node.id} />
              </td>
              <td className="number">{peopleText(node.people)}</td>
              <td>
                <Tags of={node.categories} />
              </td>
              <td>
                <DateTime at={node.lastSeen} />
              </td>
              <td className="row-actions">
                {canWrite && (
                  <button type="button" className="button plain" onClick={() => onEdit(node.id)}>
                    {texts.register}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
