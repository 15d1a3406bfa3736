import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { DateTime, Day } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { detailWords, findingWords } from '../../parts/finding-words.ts';
import { ListFrame } from '../../parts/list-frame.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { governance } from '../../texts/en-governance.ts';
import type { Finding } from './registry-queries.ts';
import { SettleDialog } from './settle-dialog.tsx';

const texts = governance.registry.findings;
const PAGE = 50;

/** What a person must look at: contradictions, silence, things that came back. */
export function Findings({ canWrite }: { canWrite: boolean }) {
  const [past, setPast] = useState(false);
  const [settling, setSettling] = useState<Finding | null>(null);
  const list = useInfiniteQuery({
    queryKey: ['findings', 'paged', past],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/findings', {
          params: {
            query: {
              limit: PAGE,
              settled: past ? 'true' : 'false',
              ...(pageParam === undefined ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <p className="soft">{texts.lead}</p>
        <label className="check">
          <input type="checkbox" checked={past} onChange={({ target }) => setPast(target.checked)} />
          <span>{texts.settled}</span>
        </label>
      </header>
      <ListFrame
        of={list}
        rows={list.data?.pages.flatMap(({ items }) => items)}
        empty={<EmptyState icon={CircleCheck} title={texts.none} />}
      >
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.what}</th>
                <th scope="col">{texts.details}</th>
                <th scope="col" className="number">
                  {texts.times}
                </th>
                <th scope="col">{texts.last}</th>
                {canWrite && (
                  <th scope="col">
                    <span className="sr-only">{governance.registry.columns.actions}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((finding) => (
                <FindingRow
                  key={finding.id}
                  finding={finding}
                  canWrite={canWrite}
                  onSettle={() => setSettling(finding)}
                />
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {list.hasNextPage && (
        <p className="empty">
          <MoreButton pages={list} label={governance.more} />
        </p>
      )}
      {settling !== null && <SettleDialog finding={settling} onClose={() => setSettling(null)} />}
    </section>
  );
}

function FindingRow({
  finding: { type, details, times, lastSeen, settled },
  canWrite,
  onSettle,
}: {
  finding: Finding;
  canWrite: boolean;
  onSettle: () => void;
}) {
  return (
    <tr className="finding-row">
      <td>
        <strong>{findingWords(type)}</strong>
        <br />
        <span className="soft mono">{type}</span>
        {settled !== null && <p className="soft">{texts.settledBy(settled.why)}</p>}
      </td>
      <td>
        <dl className="finding-details">
          {Object.entries(details).map(([name, value]) => (
            <div key={name}>
              <dt>{detailWords(name)}</dt>
              <dd>
                <Detail name={name} value={value} />
              </dd>
            </div>
          ))}
        </dl>
      </td>
      <td className="number">{times}</td>
      <td>
        <DateTime at={lastSeen} />
      </td>
      {canWrite && (
        <td>
          {settled === null && (
            <div className="row-actions">
              <button
                type="button"
                className="button plain small-button"
                aria-label={texts.settleOf(findingWords(type))}
                onClick={onSettle}
              >
                {texts.settle}
              </button>
            </div>
          )}
        </td>
      )}
    </tr>
  );
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** A detail as people read it: the request as a link, a day as a day, everything else as it was found. */
function Detail({ name, value }: { name: string; value: unknown }) {
  if (typeof value === 'string' && DAY.test(value)) return <Day day={value} />;
  if (name === 'requestId' && typeof value === 'string' && UUID.test(value)) {
    return (
      <Link to="/requests/$requestId" params={{ requestId: value }} className="mono">
        {value.slice(0, 8)}
      </Link>
    );
  }
  return <span className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</span>;
}
