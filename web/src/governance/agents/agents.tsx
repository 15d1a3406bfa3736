import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Bot, Info } from 'lucide-react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { governance } from '../../texts/en-governance.ts';
import type { AgentFlow } from '../map/map-filter.ts';
import { mapQuery } from '../map/map-query.ts';
import { Drawer } from '../parts/drawer.tsx';
import { type Change, dropEmpty } from '../parts/drop-empty.ts';
import { FilterSelect } from '../parts/filter-select.tsx';
import { NodeName, nameOf } from '../parts/node-kind.tsx';
import { peopleText, timesText } from '../parts/people-count.ts';
import { Tags } from '../parts/tags.tsx';
import { daysOf } from '../parts/window-search.ts';
import { WindowSelect } from '../parts/window-select.tsx';
import { AgentMatrix } from './agent-matrix.tsx';
import type { AgentsSearch } from './agents-search.ts';
import { type Cell, matrixOf } from './matrix.ts';
import '../parts/parts.css';

const texts = governance.agents;

/** Which agent gives people's data to which other one, of how many people, and by which way. */
export function Agents() {
  const search = useSearch({ from: '/agents' });
  const navigate = useNavigate({ from: '/agents' });
  const set = (change: Change<AgentsSearch>) =>
    void navigate({
      search: (before) => dropEmpty<AgentsSearch>({ ...before, ...change }),
      replace: true,
    });
  const days = daysOf(search);
  const { data, error, refetch } = useQuery(mapQuery(days, 'full'));
  const all = data?.agents ?? [];
  const flows = all.filter(({ categories }) => search.category === undefined || categories.includes(search.category));
  const matrix = matrixOf(flows);
  const open = search.from && search.to ? matrix.cell(search.from, search.to) : undefined;
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      <div className="toolbar">
        <WindowSelect days={days} onChange={(each) => set({ days: each })} />
        <FilterSelect
          label={governance.map.filters.category}
          value={search.category}
          options={[...new Set(all.flatMap(({ categories }) => categories))]
            .sort()
            .map((value) => ({ value, text: value }))}
          onChange={(category) => set({ category })}
        />
      </div>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton block-wait" />}
      {data && (
        <p className="statement" data-tone={data.truncated ? 'warn' : undefined}>
          <Info size={16} aria-hidden="true" />
          {data.statement}
        </p>
      )}
      {data && flows.length === 0 && (
        <div className="card">
          <EmptyState icon={Bot} title={all.length === 0 ? texts.empty.title : governance.map.nothingFits}>
            {all.length === 0 && <p>{texts.empty.lead}</p>}
          </EmptyState>
        </div>
      )}
      {flows.length > 0 && (
        <Tabs
          label={governance.map.views}
          open={search.show ?? 'matrix'}
          onOpen={(show) => set({ show: show === 'table' ? 'table' : undefined })}
          tabs={[
            {
              id: 'matrix',
              label: texts.tabs.matrix(matrix.agents.length),
              content: <AgentMatrix matrix={matrix} open={open} onOpen={({ from, to }) => set({ from, to })} />,
            },
            { id: 'table', label: texts.tabs.table(flows.length), content: <FlowTable flows={flows} /> },
          ]}
        />
      )}
      {open && <CellDetails cell={open} onClose={() => set({ from: undefined, to: undefined })} />}
    </div>
  );
}

function FlowTable({ flows }: { flows: readonly AgentFlow[] }) {
  return (
    <div className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.columns.from}</th>
            <th scope="col">{texts.columns.to}</th>
            <th scope="col">{texts.columns.via}</th>
            <th scope="col" className="number">
              {texts.columns.people}
            </th>
            <th scope="col" className="number">
              {texts.columns.times}
            </th>
            <th scope="col">{texts.columns.categories}</th>
          </tr>
        </thead>
        <tbody>
          {flows.map((flow) => (
            <tr key={`${flow.from}\n${flow.to}\n${flow.via ?? ''}`}>
              <td>
                <NodeName id={flow.from} />
              </td>
              <td>
                <NodeName id={flow.to} />
              </td>
              <td>{flow.via === null ? texts.call : <NodeName id={flow.via} />}</td>
              <td className="number">{peopleText(flow.people)}</td>
              <td className="number">{timesText(flow)}</td>
              <td>
                <Tags of={flow.categories} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CellDetails({ cell, onClose }: { cell: Cell; onClose: () => void }) {
  return (
    <Drawer open onClose={onClose} title={texts.pair(nameOf(cell.from), nameOf(cell.to))}>
      <p className="soft">{cell.flows.length > 1 ? texts.ways(cell.flows.length) : texts.oneWay}</p>
      {cell.flows.map((flow) => (
        <dl key={flow.via ?? ''} className="facts">
          <dt>{texts.columns.via}</dt>
          <dd>{flow.via === null ? texts.call : <NodeName id={flow.via} />}</dd>
          <dt>{texts.columns.people}</dt>
          <dd>{flow.people === null ? governance.people.unknownLong : peopleText(flow.people)}</dd>
          <dt>{texts.columns.times}</dt>
          <dd>{timesText(flow)}</dd>
          <dt>{texts.columns.categories}</dt>
          <dd>{flow.categories.join(', ') || governance.people.unknown}</dd>
          <dt>{governance.map.details.purposes}</dt>
          <dd>{flow.purposes.join(', ') || governance.people.unknown}</dd>
        </dl>
      ))}
    </Drawer>
  );
}
