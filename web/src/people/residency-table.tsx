import { Database } from 'lucide-react';
import { DateTime } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { people } from '../texts/en-people.ts';
import { CONFIDENCES, type Lineage } from './path/graph.ts';
import { labelOfId } from './path/node-label.ts';
import { Sure } from './path/sure.tsx';
import { SortableTable, type TableColumn } from './sortable-table.tsx';

const texts = people.residency;
type Row = Lineage['residency'][number] & { readonly isRegistered: boolean };

const TONES = { held: 'act', deleted: 'good', expired: 'bad', unknown: 'wait' } as const;

/** In which stores the person's data still rests, and since when it does not. */
export function ResidencyTable({ answer }: { answer: Lineage }) {
  const unregistered = new Set(answer.completeness.unregisteredStores);
  const rows = answer.residency.map((row): Row => ({ ...row, isRegistered: !unregistered.has(row.store) }));
  if (rows.length === 0) return <EmptyState icon={Database} title={texts.empty} />;
  return (
    <div className="card">
      {answer.completeness.truncated && <p className="empty soft">{texts.atLeast}</p>}
      <SortableTable
        label={texts.title}
        columns={COLUMNS}
        rows={rows}
        keyOf={({ store }) => store}
        order={{ by: 'state', descending: false }}
      />
    </div>
  );
}

const instant = (at: string | null) => (at === null ? '–' : <DateTime at={at} />);

const COLUMNS: readonly TableColumn<Row>[] = [
  {
    id: 'store',
    name: texts.columns.store,
    value: ({ store }) => store,
    cell: ({ store, isRegistered }) => (
      <>
        <strong>{labelOfId(store)}</strong>
        <span className="faint under mono">{store}</span>
        {!isRegistered && <span className="faint under">{texts.unregistered}</span>}
      </>
    ),
  },
  {
    id: 'state',
    name: texts.columns.state,
    value: ({ state }) => Object.keys(texts.states).indexOf(state),
    cell: ({ state }) => (
      <span className="badge" data-tone={TONES[state]}>
        {texts.states[state]}
      </span>
    ),
  },
  {
    id: 'records',
    name: texts.columns.records,
    align: 'right',
    value: ({ records }) => records,
    cell: ({ records }) =>
      records === 0 ? <span className="faint">{texts.whole}</span> : people.person.count(records),
  },
  {
    id: 'confidence',
    name: texts.columns.confidence,
    value: ({ confidence }) => CONFIDENCES.indexOf(confidence),
    cell: ({ confidence }) => <Sure confidence={confidence} />,
  },
  {
    id: 'lastWrite',
    name: texts.columns.lastWrite,
    value: ({ lastWrite }) => lastWrite,
    cell: ({ lastWrite }) => instant(lastWrite),
  },
  {
    id: 'lastDelete',
    name: texts.columns.lastDelete,
    value: ({ lastDelete }) => lastDelete,
    cell: ({ lastDelete }) => instant(lastDelete),
  },
  {
    id: 'retention',
    name: texts.columns.retention,
    value: ({ retentionUntil }) => retentionUntil,
    cell: ({ retentionUntil }) => instant(retentionUntil),
  },
];
