import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Info, Map as MapIcon } from 'lucide-react';
import { DateTime } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { governance } from '../../texts/en-governance.ts';
import { type Change, dropEmpty } from '../parts/drop-empty.ts';
import { FilterSelect } from '../parts/filter-select.tsx';
import { NodeName } from '../parts/node-kind.tsx';
import { peopleText, timesText } from '../parts/people-count.ts';
import { Tags } from '../parts/tags.tsx';
import { daysOf } from '../parts/window-search.ts';
import { WindowSelect } from '../parts/window-select.tsx';
import { type DataMap as Answer, byWeight, filterMap, filterOptions, type ShownMap } from './map-filter.ts';
import { MapPicture } from './map-picture.tsx';
import { mapQuery } from './map-query.ts';
import type { MapSearch } from './map-search.ts';
import { NodeDetails } from './node-details.tsx';
import '../parts/parts.css';

const texts = governance.map;
/** Beyond this a picture is a thicket; the tables and filters are for that. */
const PICTURE_NODES_MAX = 90;
const ROWS_MAX = 300;

/** Which systems, agents, models, stores and companies handle people's data, and what flows between them. */
export function DataMapScreen() {
  const search = useSearch({ from: '/map' });
  const navigate = useNavigate({ from: '/map' });
  const set = (change: Change<MapSearch>) =>
    void navigate({ search: (before) => dropEmpty<MapSearch>({ ...before, ...change }), replace: true });
  const days = daysOf(search);
  const { data, error, refetch } = useQuery(mapQuery(days, search.view ?? 'officer'));
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      <div className="toolbar">
        <WindowSelect days={days} onChange={(each) => set({ days: each })} />
        <label className="chip-select">
          <span>{texts.view.label}</span>
          <select
            value={search.view ?? 'officer'}
            onChange={({ target }) => set({ view: target.value === 'full' ? 'full' : undefined, node: undefined })}
          >
            <option value="officer">{texts.view.officer}</option>
            <option value="full">{texts.view.full}</option>
          </select>
        </label>
        {data && <Filters map={data} search={search} set={set} />}
      </div>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton block-wait" />}
      {data && (
        <>
          <p className="statement" data-tone={data.truncated ? 'warn' : undefined}>
            <Info size={16} aria-hidden="true" />
            {data.statement}
          </p>
          {data.nodes.length === 0 ? (
            <div className="card">
              <EmptyState icon={MapIcon} title={texts.empty.title}>
                <p>{texts.empty.lead}</p>
              </EmptyState>
            </div>
          ) : (
            <MapViews map={data} search={search} set={set} />
          )}
        </>
      )}
    </div>
  );
}

type Set = (change: Change<MapSearch>) => void;

function Filters({ map, search, set }: { map: Answer; search: MapSearch; set: Set }) {
  const { kinds, categories, parties } = filterOptions(map);
  return (
    <>
      <FilterSelect
        label={texts.filters.kind}
        value={search.kind}
        options={kinds.map((value) => ({ value, text: governance.kinds[value] }))}
        onChange={(kind) => set({ kind })}
      />
      <FilterSelect
        label={texts.filters.category}
        value={search.category}
        options={categories.map((value) => ({ value, text: value }))}
        onChange={(category) => set({ category })}
      />
      <FilterSelect
        label={texts.filters.party}
        value={search.party}
        options={parties.map(([value, text]) => ({ value, text }))}
        onChange={(party) => set({ party })}
      />
    </>
  );
}

function MapViews({ map, search, set }: { map: Answer; search: MapSearch; set: Set }) {
  const shown = filterMap(map, search);
  const onOpen = (node: string) => set({ node });
  const fits = shown.nodes.length <= PICTURE_NODES_MAX;
  return (
    <>
      <Tabs
        label={texts.views}
        open={search.show ?? 'picture'}
        onOpen={(show) => set({ show: show === 'picture' ? undefined : show })}
        tabs={[
          {
            id: 'picture',
            label: texts.tabs.picture,
            content: (
              <div className="card">
                {shown.nodes.length === 0 ? (
                  <p className="empty soft">{texts.nothingFits}</p>
                ) : fits ? (
                  <MapPicture {...shown} open={search.node} onOpen={onOpen} />
                ) : (
                  <p className="empty soft">{texts.tooMany(shown.nodes.length)}</p>
                )}
                {fits && <p className="map-legend">{texts.legend}</p>}
              </div>
            ),
          },
          {
            id: 'flows',
            label: texts.tabs.flows(shown.edges.length),
            content: <Flows {...shown} onOpen={onOpen} />,
          },
          {
            id: 'places',
            label: texts.tabs.places(shown.nodes.length),
            content: <Places {...shown} onOpen={onOpen} />,
          },
        ]}
      />
      <NodeDetails
        map={map}
        id={search.node}
        days={daysOf(search)}
        onOpen={onOpen}
        onClose={() => set({ node: undefined })}
      />
    </>
  );
}

function Flows({ nodes, edges, onOpen }: ShownMap & { onOpen: (id: string) => void }) {
  const nameOf = new Map(nodes.map(({ id, name }) => [id, name]));
  return (
    <div className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.columns.from}</th>
            <th scope="col">{texts.columns.action}</th>
            <th scope="col">{texts.columns.to}</th>
            <th scope="col" className="number">
              {texts.columns.people}
            </th>
            <th scope="col" className="number">
              {texts.columns.times}
            </th>
            <th scope="col">{texts.columns.categories}</th>
            <th scope="col">{texts.columns.last}</th>
          </tr>
        </thead>
        <tbody>
          {edges
            .toSorted(byWeight)
            .slice(0, ROWS_MAX)
            .map((edge) => (
              <tr key={`${edge.from}\n${edge.to}\n${edge.action}\n${edge.design === true}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => onOpen(edge.from)}>
                    <NodeName id={edge.from} {...named(nameOf.get(edge.from))} />
                  </button>
                </td>
                <td>
                  {governance.actions[edge.action]}
                  {edge.design === true && <span className="tag">{texts.design}</span>}
                </td>
                <td>
                  <button type="button" className="link-button" onClick={() => onOpen(edge.to)}>
                    <NodeName id={edge.to} {...named(nameOf.get(edge.to))} />
                  </button>
                </td>
                <td className="number">{peopleText(edge.people)}</td>
                <td className="number">{timesText(edge)}</td>
                <td>
                  <Tags of={edge.categories} />
                </td>
                <td>
                  <DateTime at={edge.lastSeen} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {edges.length === 0 && <p className="empty soft">{texts.nothingFits}</p>}
      {edges.length > ROWS_MAX && <p className="empty soft">{texts.cut(ROWS_MAX, edges.length)}</p>}
    </div>
  );
}

function Places({ nodes, onOpen }: ShownMap & { onOpen: (id: string) => void }) {
  return (
    <div className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.columns.place}</th>
            <th scope="col">{texts.columns.kind}</th>
            <th scope="col">{texts.columns.party}</th>
            <th scope="col" className="number">
              {texts.columns.people}
            </th>
            <th scope="col">{texts.columns.categories}</th>
            <th scope="col">{texts.columns.last}</th>
          </tr>
        </thead>
        <tbody>
          {nodes
            .toSorted(byWeight)
            .slice(0, ROWS_MAX)
            .map((node) => (
              <tr key={node.id}>
                <td>
                  <button type="button" className="link-button" onClick={() => onOpen(node.id)}>
                    <NodeName id={node.id} name={node.name} />
                  </button>
                </td>
                <td>{governance.kinds[node.kind]}</td>
                <td>{node.party?.legalName ?? <span className="faint">{texts.noParty}</span>}</td>
                <td className="number">{peopleText(node.people)}</td>
                <td>
                  <Tags of={node.categories} />
                </td>
                <td>
                  <DateTime at={node.lastSeen} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {nodes.length === 0 && <p className="empty soft">{texts.nothingFits}</p>}
      {nodes.length > ROWS_MAX && <p className="empty soft">{texts.cut(ROWS_MAX, nodes.length)}</p>}
    </div>
  );
}

const named = (name: string | undefined) => (name === undefined ? {} : { name });
