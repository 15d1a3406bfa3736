import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import type { Change } from '../governance/parts/drop-empty.ts';
import { FilterSelect } from '../governance/parts/filter-select.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { audit } from '../texts/en-audit.ts';
import { type AuditSearch, readAuditSearch, TYPE_GROUPS } from './audit-search.ts';
import { EntryDetails } from './entry-details.tsx';
import { objectWords, typeWords } from './type-words.ts';

export type AuditEntry = components['schemas']['AuditEntry'];
type SetSearch = (change: Change<AuditSearch>) => void;

const texts = audit.entries;
const PAGE = 50;

export function Entries({ search, set }: { search: AuditSearch; set: SetSearch }) {
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const { type, actor, request } = search;
  const list = useInfiniteQuery({
    queryKey: ['audit', 'entries', type, actor, request],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/audit/entries', {
          params: {
            query: {
              order: 'newest',
              limit: PAGE,
              ...(type === undefined ? {} : { type }),
              ...(actor === undefined ? {} : { actor }),
              ...(request === undefined ? {} : { requestId: request }),
              ...(pageParam === undefined ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <div className="screen">
      <div className="toolbar">
        <FilterSelect
          label={texts.filters.type}
          value={type}
          options={TYPE_GROUPS.map((value) => ({ value, text: texts.groups[value] }))}
          onChange={(value) => set({ type: readAuditSearch({ type: value }).type })}
        />
        <Narrow key={`${actor} ${request}`} search={search} set={set} />
      </div>
      {list.error && <Failure error={list.error} again={() => void list.refetch()} />}
      {list.data === undefined && !list.error && <div className="skeleton block-wait" />}
      {list.data && (
        <div className="card scroll-x">
          {rows.length === 0 ? (
            <EmptyState icon={ScrollText} title={list.hasNextPage ? texts.noneYet : texts.none} />
          ) : (
            <table className="list dense audit-entries">
              <thead>
                <tr>
                  <th scope="col" className="number">
                    {texts.columns.index}
                  </th>
                  <th scope="col">{texts.columns.at}</th>
                  <th scope="col">{texts.columns.what}</th>
                  <th scope="col">{texts.columns.object}</th>
                  <th scope="col">{texts.columns.actor}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((entry) => (
                  <tr key={entry.index} data-open={open?.index === entry.index}>
                    <td className="number mono">{entry.index}</td>
                    <td>
                      <DateTime at={entry.at} precision="seconds" />
                    </td>
                    <td>
                      <button type="button" className="link-button" onClick={() => setOpen(entry)}>
                        {typeWords(entry.type)}
                      </button>
                      {entry.purpose !== null && <span className="soft audit-purpose">{entry.purpose}</span>}
                    </td>
                    <td>
                      {objectWords(entry.object.kind)} <span className="mono faint">{shortId(entry.object.id)}</span>
                    </td>
                    <td className="mono">{entry.actor}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {list.hasNextPage && (
            <p className="empty">
              <MoreButton pages={list} label={texts.older} />
            </p>
          )}
        </div>
      )}
      {open && <EntryDetails key={open.index} entry={open} set={set} onClose={() => setOpen(null)} />}
    </div>
  );
}

/** By key or by request: both are ids of ours, which may stand in an address. */
function Narrow({ search, set }: { search: AuditSearch; set: SetSearch }) {
  const [typed, setTyped] = useState(search.actor ?? search.request ?? '');
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = typed.trim();
    const { actor, request } = readAuditSearch({ actor: text, request: text });
    if (text !== '' && actor === undefined && request === undefined) return setWrong(true);
    set({ actor, request });
  };
  return (
    <form className="audit-narrow" onSubmit={submit}>
      <label>
        <span className="sr-only">{texts.filters.by}</span>
        <input
          value={typed}
          placeholder={texts.filters.by}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={isWrong}
          onChange={({ target }) => {
            setTyped(target.value);
            setWrong(false);
          }}
        />
      </label>
      <button type="submit" className="button plain">
        {texts.filters.apply}
      </button>
      {isWrong && (
        <span className="wrong" role="alert">
          {texts.filters.wrong}
        </span>
      )}
    </form>
  );
}

const shortId = (id: string): string => (/^[0-9a-f]{8}-/.test(id) ? id.slice(0, 8) : id);
