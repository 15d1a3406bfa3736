import { DateTime } from '../../parts/date-time.tsx';
import { people } from '../../texts/en-people.ts';
import { SortableTable, type TableColumn } from '../sortable-table.tsx';
import { CONFIDENCES, type PathEdge, type PathGraph, type PathNode } from './graph.ts';
import { Sure } from './sure.tsx';

const texts = people.line;

interface Row {
  readonly edge: PathEdge;
  readonly from: PathNode;
  readonly to: PathNode;
}

/** The same path without a picture: one line each, in time order at first, each with its evidence. */
export function PathList({ graph, onEdge }: { graph: PathGraph; onEdge: (from: string, to: string) => void }) {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const rows = graph.edges.flatMap((edge): Row[] => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  return (
    <SortableTable
      label={people.person.tabs.path}
      columns={COLUMNS}
      rows={rows}
      keyOf={({ edge }) => edge.id}
      order={{ by: 'first', descending: false }}
      after={{
        name: texts.columns.evidence,
        cell: ({ from, to }) => (
          <button
            type="button"
            className="button plain small"
            aria-label={texts.openOf(from.label, to.label)}
            onClick={() => onEdge(from.id, to.id)}
          >
            {texts.open}
          </button>
        ),
      }}
    />
  );
}

function Place({ node }: { node: PathNode }) {
  return (
    <span title={node.id}>
      <strong>{node.label}</strong>
      <span className="faint under">{[people.path.kinds[node.kind], node.detail].filter(Boolean).join(' · ')}</span>
    </span>
  );
}

const COLUMNS: readonly TableColumn<Row>[] = [
  { id: 'from', name: texts.columns.from, value: ({ from }) => from.label, cell: ({ from }) => <Place node={from} /> },
  {
    id: 'what',
    name: texts.columns.what,
    value: ({ edge }) => edge.actions[0] ?? null,
    cell: ({ edge }) => edge.actions.map((action) => texts.actions[action]).join(', '),
  },
  { id: 'to', name: texts.columns.to, value: ({ to }) => to.label, cell: ({ to }) => <Place node={to} /> },
  {
    id: 'confidence',
    name: texts.columns.confidence,
    value: ({ edge }) => CONFIDENCES.indexOf(edge.confidence),
    cell: ({ edge }) => <Sure confidence={edge.confidence} />,
  },
  {
    id: 'count',
    name: texts.columns.count,
    align: 'right',
    value: ({ edge }) => edge.count,
    cell: ({ edge }) => people.person.count(edge.count),
  },
  {
    id: 'first',
    name: texts.columns.first,
    value: ({ edge }) => edge.firstMs,
    cell: ({ edge }) => <DateTime at={edge.firstMs} />,
  },
  {
    id: 'last',
    name: texts.columns.last,
    value: ({ edge }) => edge.lastMs,
    cell: ({ edge }) => <DateTime at={edge.lastMs} />,
  },
];
