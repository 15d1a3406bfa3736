import { useQuery } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import type { components } from '../api/schema.d.ts';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { people } from '../texts/en-people.ts';
import { CONFIDENCES } from './path/graph.ts';
import { labelOfId } from './path/node-label.ts';
import { Sure } from './path/sure.tsx';
import { Words } from './person-facts.tsx';
import { gatheredQuery } from './person-queries.ts';
import { SortableTable, type TableColumn } from './sortable-table.tsx';

const texts = people.gathered;
type Row = components['schemas']['Accumulation']['nodes'][number];

/** What each part of the company, and each outside company, has put together about the person over all sessions. */
export function GatheredTable({ subjectId }: { subjectId: string }) {
  const { data, error, refetch } = useQuery(gatheredQuery(subjectId));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <div className="skeleton block-wait" />;
  const { truncated } = data.completeness;
  if (data.nodes.length === 0) return <EmptyState icon={Layers} title={truncated ? texts.atLeast : texts.empty} />;
  return (
    <div className="tab-body">
      <p className="soft">{texts.lead}</p>
      {truncated && <p>{texts.atLeast}</p>}
      <div className="card">
        <SortableTable
          label={texts.title}
          columns={COLUMNS}
          rows={data.nodes}
          keyOf={({ node }) => node}
          order={{ by: 'categories', descending: true }}
        />
      </div>
    </div>
  );
}

const COLUMNS: readonly TableColumn<Row>[] = [
  {
    id: 'node',
    name: texts.columns.node,
    value: ({ node }) => labelOfId(node),
    cell: ({ node, kind, party }) => (
      <>
        <strong title={node}>{labelOfId(node)}</strong>
        <span className="faint under">
          {people.path.kinds[kind]}
          {party !== null && `, ${party.legalName}`}
        </span>
      </>
    ),
  },
  {
    id: 'categories',
    name: texts.columns.categories,
    value: ({ categories }) => categories.length,
    cell: ({ categories }) => <Words words={categories} most={6} />,
  },
  {
    id: 'sources',
    name: texts.columns.sources,
    value: ({ sources }) => sources.length,
    cell: ({ sources }) => <span title={sources.join(', ')}>{texts.places(sources.length)}</span>,
  },
  {
    id: 'sessions',
    name: texts.columns.sessions,
    align: 'right',
    value: ({ sessions }) => sessions,
    cell: ({ sessions }) => people.person.count(sessions),
  },
  {
    id: 'received',
    name: texts.columns.received,
    align: 'right',
    value: ({ received }) => received,
    cell: ({ received }) => people.person.count(received),
  },
  {
    id: 'confidence',
    name: texts.columns.confidence,
    value: ({ confidence }) => CONFIDENCES.indexOf(confidence),
    cell: ({ confidence }) => <Sure confidence={confidence} />,
  },
  {
    id: 'last',
    name: texts.columns.last,
    value: ({ lastSeen }) => lastSeen,
    cell: ({ lastSeen }) => <DateTime at={lastSeen} />,
  },
];
