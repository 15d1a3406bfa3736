import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { answerOf, api } from '../api/client.ts';
import { DaysLeft } from '../parts/days-left.tsx';
import { Failure } from '../parts/failure.tsx';
import { type RequestState, StateBadge } from '../parts/state-badge.tsx';
import { texts } from '../texts/en.ts';

const STATES = Object.keys(texts.request.states) as RequestState[];

/** All requests, nearest deadline first. The filter is in the address, so a view can be sent to a colleague. */
export function Requests() {
  const search = useSearch({ from: '/requests' });
  const navigate = useNavigate({ from: '/requests' });
  const state = STATES.find((each) => each === search.state);
  const list = useInfiniteQuery({
    queryKey: ['requests', 'list', state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/requests', {
          params: { query: { limit: 50, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <div className="screen">
      <h1>{texts.request.title}</h1>
      <label className="field filter">
        <span>{texts.request.filter.label}</span>
        <select
          value={state ?? ''}
          onChange={({ target }) => void navigate({ search: target.value === '' ? {} : { state: target.value } })}
        >
          <option value="">{texts.request.filter.all}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {texts.request.states[each]}
            </option>
          ))}
        </select>
      </label>
      {list.error !== null ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="card">
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{texts.request.columns.request}</th>
                <th scope="col">{texts.request.columns.regime}</th>
                <th scope="col">{texts.request.columns.state}</th>
                <th scope="col">{texts.request.columns.due}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((request) => (
                <tr key={request.id}>
                  <td>
                    {texts.request.types[request.type]} <span className="mono faint">{request.id.slice(0, 8)}</span>
                  </td>
                  <td>{request.regime.toUpperCase()}</td>
                  <td>
                    <StateBadge state={request.state} />
                  </td>
                  <td>
                    <DaysLeft due={request.clock.due} paused={request.clock.paused} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {list.isSuccess && rows.length === 0 && <p className="empty soft">{texts.request.empty}</p>}
        </div>
      )}
      {list.hasNextPage && (
        <button type="button" className="button plain" onClick={() => void list.fetchNextPage()}>
          {texts.request.more}
        </button>
      )}
    </div>
  );
}
