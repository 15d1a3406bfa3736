import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Hand, Inbox, Plus, SearchX } from 'lucide-react';
import { may, useSession } from '../app/session.ts';
import { DateTime } from '../parts/date-time.tsx';
import { DaysLeft } from '../parts/days-left.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { texts as all } from '../texts/en.ts';
import { requests } from '../texts/en-requests.ts';
import { standing } from '../texts/en-standing.ts';
import { type ListSearch, type Order, orderAfter, SHOWS, STATES, TYPES, todayAt } from './list-search.ts';
import { Overlays } from './overlays.tsx';
import { isOpen, listQuery, type Request } from './request-queries.ts';
import { WorkPausedNote } from './standing/work-brake.tsx';
import { WorkBar } from './work-bar.tsx';
import './request-list.css';

const texts = requests.list;

/** All requests, nearest deadline first. Filters are in the address, so a view can be sent to a colleague. */
export function RequestList() {
  const search = useSearch({ from: '/requests' });
  const session = useSession();
  const list = useInfiniteQuery(listQuery(search, todayAt(new Date())));
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const isFiltered = search.show !== undefined || search.type !== undefined || search.state !== undefined;
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead}>
        <Link to="/requests/standing" className="button plain">
          <Hand size={16} aria-hidden="true" />
          {standing.title}
        </Link>
        {session && may(session, 'requests:write') && (
          <Link to="/requests/new" className="button">
            <Plus size={16} aria-hidden="true" />
            {texts.add}
          </Link>
        )}
      </PageHead>
      <WorkPausedNote />
      <Filters search={search} />
      {list.error !== null ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="card request-table" aria-busy={list.isPending || list.isPlaceholderData}>
          {list.isPending ? (
            <div className="skeleton block-wait" />
          ) : rows.length > 0 ? (
            <Rows rows={rows} order={search.order ?? 'due'} />
          ) : isFiltered ? (
            <EmptyState icon={SearchX} title={texts.none.title}>
              <p>{texts.none.lead}</p>
              <Link to="/requests" search={{}}>
                {texts.filters.clear}
              </Link>
            </EmptyState>
          ) : (
            <EmptyState icon={Inbox} title={texts.nobody.title}>
              <p className="narrow">{texts.nobody.lead}</p>
              <Link to="/requests" search={{ show: 'all' }}>
                {texts.filters.all}
              </Link>
            </EmptyState>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <p className="list-foot soft">
          <span role="status">{texts.shown(rows.length)}</span>
          <MoreButton pages={list} label={texts.more} />
        </p>
      )}
    </div>
  );
}

function Filters({ search }: { search: ListSearch }) {
  const navigate = useNavigate({ from: '/requests' });
  const { show: _show, ...withoutShow } = search;
  const { type: _type, ...withoutType } = search;
  const { state: _state, ...withoutState } = search;
  return (
    <search className="request-filters" aria-label={texts.filters.label}>
      <div className="chips">
        {SHOWS.map((each) => (
          <Link
            key={each}
            to="/requests"
            search={each === 'open' ? withoutShow : { ...search, show: each }}
            className="chip"
            activeOptions={{ exact: true, includeSearch: true }}
            data-chosen={(search.show ?? 'open') === each}
          >
            {texts.filters[each]}
          </Link>
        ))}
      </div>
      <label>
        <span className="sr-only">{texts.filters.type}</span>
        <select
          value={search.type ?? ''}
          onChange={({ target }) => {
            const type = TYPES.find((each) => each === target.value);
            void navigate({ search: type ? { ...search, type } : withoutType });
          }}
        >
          <option value="">{texts.filters.anyType}</option>
          {TYPES.map((each) => (
            <option key={each} value={each}>
              {all.request.types[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="sr-only">{texts.filters.state}</span>
        <select
          value={search.state ?? ''}
          onChange={({ target }) => {
            const state = STATES.find((each) => each === target.value);
            void navigate({ search: state ? { ...search, state } : withoutState });
          }}
        >
          <option value="">{texts.filters.anyState}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {all.request.states[each]}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}

function Rows({ rows, order }: { rows: readonly Request[]; order: Order }) {
  return (
    <table className="list">
      <caption className="sr-only">{texts.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.request}</th>
          <th scope="col">{texts.columns.state}</th>
          <th scope="col">{texts.columns.progress}</th>
          <SortedBy column="due" order={order} />
          <SortedBy column="filed" order={order} />
        </tr>
      </thead>
      <tbody>
        {rows.map((request) => (
          <tr key={request.id}>
            <td>
              <Link to="/requests/$requestId" params={{ requestId: request.id }} className="row-link">
                {all.request.types[request.type]} <span className="mono faint">{request.id.slice(0, 8)}</span>
              </Link>
              <span className="faint small">{requests.regimes[request.regime]}</span>
            </td>
            <td>
              <StateBadge state={request.state} /> <Overlays request={request} />
            </td>
            <td>
              <WorkBar progress={request.progress} />
            </td>
            <td>
              {isOpen(request.state) ? (
                <DaysLeft due={request.clock.due} paused={request.clock.paused} />
              ) : (
                request.endedAt !== null && (
                  <span className="soft">
                    {texts.ended} <DateTime at={request.endedAt} />
                  </span>
                )
              )}
            </td>
            <td className="soft">
              <DateTime at={request.filedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SortedBy({ column, order }: { column: 'due' | 'filed'; order: Order }) {
  const search = useSearch({ from: '/requests' });
  const { order: _order, ...rest } = search;
  const next = orderAfter(column, order);
  const isFirst = order === column;
  const isLast = order === `${column}_last`;
  const label = texts.columns[column];
  return (
    <th scope="col" aria-sort={isFirst ? 'ascending' : isLast ? 'descending' : 'none'}>
      <Link to="/requests" search={next === 'due' ? rest : { ...search, order: next }} className="sort" replace>
        {label}
        <span className="sr-only">{texts.sortBy(label)}</span>
        {isFirst && <ArrowUp size={13} aria-hidden="true" />}
        {isLast && <ArrowDown size={13} aria-hidden="true" />}
      </Link>
    </th>
  );
}
