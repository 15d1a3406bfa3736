import { Share2 } from 'lucide-react';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { people } from '../texts/en-people.ts';
import type { Lineage } from './path/graph.ts';
import { countryName, labelOfId } from './path/node-label.ts';
import { Words } from './person-facts.tsx';
import { SortableTable, type TableColumn } from './sortable-table.tsx';

const texts = people.recipients;
type Row = Lineage['recipients'][number] & { readonly name: string; readonly isRegistered: boolean };

/** Which outside companies got what, when and from whom: what Art. 15(1)(c) asks for, actual recipients. */
export function RecipientsTable({ answer }: { answer: Lineage }) {
  const names = new Map(answer.nodes.flatMap(({ party }) => (party === null ? [] : [[party.id, party.legalName]])));
  const rows = answer.recipients.map((recipient): Row => {
    const name = names.get(recipient.party);
    return { ...recipient, name: name ?? recipient.party, isRegistered: name !== undefined };
  });
  if (rows.length === 0) return <EmptyState icon={Share2} title={texts.empty} />;
  return (
    <div className="card">
      {answer.completeness.truncated && <p className="empty soft">{texts.atLeast}</p>}
      <SortableTable
        label={texts.title}
        columns={COLUMNS}
        rows={rows}
        keyOf={({ party, node }) => `${party}\n${node}`}
        order={{ by: 'last', descending: true }}
      />
    </div>
  );
}

const COLUMNS: readonly TableColumn<Row>[] = [
  {
    id: 'party',
    name: texts.columns.party,
    value: ({ name }) => name,
    cell: ({ name, isRegistered }) => (
      <>
        <strong>{name}</strong>
        {!isRegistered && <span className="faint under">{texts.unregistered}</span>}
      </>
    ),
  },
  {
    id: 'country',
    name: texts.columns.country,
    value: ({ country }) => countryName(country) || null,
    cell: ({ country }) => countryName(country) || '–',
  },
  {
    id: 'node',
    name: texts.columns.node,
    value: ({ node }) => node,
    cell: ({ node }) => <span title={node}>{labelOfId(node)}</span>,
  },
  {
    id: 'via',
    name: texts.columns.via,
    value: ({ via }) => via[0] ?? null,
    cell: ({ via }) => <span title={via.join(', ')}>{via.map(labelOfId).join(', ')}</span>,
  },
  {
    id: 'categories',
    name: texts.columns.categories,
    value: ({ categories }) => categories.length,
    cell: ({ categories }) => <Words words={categories} most={4} />,
  },
  {
    id: 'purposes',
    name: texts.columns.purposes,
    value: ({ purposes }) => purposes[0] ?? null,
    cell: ({ purposes }) => <Words words={purposes} most={3} />,
  },
  {
    id: 'count',
    name: texts.columns.count,
    align: 'right',
    value: ({ count }) => count,
    cell: ({ count }) => people.person.count(count),
  },
  {
    id: 'first',
    name: texts.columns.first,
    value: ({ firstDisclosed }) => firstDisclosed,
    cell: ({ firstDisclosed }) => <DateTime at={firstDisclosed} />,
  },
  {
    id: 'last',
    name: texts.columns.last,
    value: ({ lastDisclosed }) => lastDisclosed,
    cell: ({ lastDisclosed }) => <DateTime at={lastDisclosed} />,
  },
];
