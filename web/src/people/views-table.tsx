import { useInfiniteQuery } from '@tanstack/react-query';
import { Eye } from 'lucide-react';
import { useState } from 'react';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { people } from '../texts/en-people.ts';
import { viewsQuery } from './person-queries.ts';

const texts = people.views;
const roles: Readonly<Record<string, string>> = texts.roles;

/** Who looked at this person, when and why. Staff by role, and by name only when it is asked for, which is written down. */
export function ViewsTable({ subjectId }: { subjectId: string }) {
  const [staff, setStaff] = useState<'masked' | 'named'>('masked');
  const views = useInfiniteQuery(viewsQuery(subjectId, staff));
  if (views.error !== null) return <Failure error={views.error} again={() => void views.refetch()} />;
  const rows = views.data?.pages.flatMap(({ items }) => items);
  return (
    <div className="tab-body">
      <div className="views-head">
        <p className="soft">{texts.lead}</p>
        <button
          type="button"
          className="button plain"
          title={texts.namedLead}
          onClick={() => setStaff(staff === 'masked' ? 'named' : 'masked')}
        >
          {staff === 'masked' ? texts.named : texts.masked}
        </button>
      </div>
      {rows === undefined ? (
        <div className="skeleton block-wait" />
      ) : rows.length === 0 ? (
        <EmptyState icon={Eye} title={texts.empty} />
      ) : (
        <div className="card">
          <table className="list" aria-label={texts.title}>
            <thead>
              <tr>
                <th scope="col">{texts.columns.at}</th>
                <th scope="col">{texts.columns.what}</th>
                <th scope="col">{texts.columns.who}</th>
                <th scope="col">{texts.columns.why}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ at, type, actor, person, purpose }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: entries have no id here, and past pages never change
                <tr key={i}>
                  <td>
                    <DateTime at={at} precision="seconds" />
                  </td>
                  <td>{texts.types[type] ?? type}</td>
                  <td>{person ?? roles[actor] ?? actor.replaceAll('_', ' ')}</td>
                  <td>{purpose ?? <span className="faint">{texts.noPurpose}</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {views.hasNextPage && (
        <p>
          <MoreButton pages={views} label={texts.more} />
        </p>
      )}
    </div>
  );
}
