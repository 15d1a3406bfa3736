import { useInfiniteQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { answerOf, api } from '../../api/client.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { governance } from '../../texts/en-governance.ts';

const texts = governance.registry.findings;
const PAGE = 50;

/** What a person must look at: contradictions, silence, things that came back. */
export function Findings() {
  const list = useInfiniteQuery({
    queryKey: ['findings', 'paged'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/findings', {
          params: { query: { limit: PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  if (list.error) return <Failure error={list.error} again={() => void list.refetch()} />;
  if (list.data === undefined) return <div className="skeleton rows-wait" />;
  if (rows.length === 0) {
    return (
      <div className="card">
        <EmptyState icon={CircleCheck} title={texts.none} />
      </div>
    );
  }
  return (
    <section className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.what}</th>
            <th scope="col">{texts.details}</th>
            <th scope="col" className="number">
              {texts.times}
            </th>
            <th scope="col">{texts.last}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((finding) => (
            <tr key={finding.id}>
              <td>
                <strong>{wordsOf(finding.type)}</strong>
                <br />
                <span className="soft mono">{finding.type}</span>
              </td>
              <td>
                <dl className="finding-details">
                  {Object.entries(finding.details).map(([name, value]) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
                    </div>
                  ))}
                </dl>
              </td>
              <td className="number">{finding.times}</td>
              <td>
                <DateTime at={finding.lastSeen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.hasNextPage && (
        <p className="empty">
          <MoreButton pages={list} label={governance.more} />
        </p>
      )}
    </section>
  );
}

const wordsOf = (type: string): string => (texts.types as Readonly<Record<string, string>>)[type] ?? texts.other;
