import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { Database, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { TypedConfirm } from '../../parts/typed-confirm.tsx';
import { governance } from '../../texts/en-governance.ts';
import { NodeName } from '../parts/node-kind.tsx';
import { Tags } from '../parts/tags.tsx';
import type { Party, Store } from './forms.ts';
import { NEW_STORE } from './store-dialog.tsx';

const texts = governance.registry;

export function Stores({
  query,
  parties,
  canWrite,
  onEdit,
}: {
  query: UseQueryResult<Store[]>;
  parties: readonly Party[];
  canWrite: boolean;
  onEdit: (id: string) => void;
}) {
  const [removing, setRemoving] = useState<Store | null>(null);
  const nameOf = new Map(parties.map(({ id, legalName }) => [id, legalName]));
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <p className="soft">{texts.stores.lead}</p>
        {canWrite && (
          <button type="button" className="button" onClick={() => onEdit(NEW_STORE)}>
            <Plus size={16} aria-hidden="true" />
            {texts.stores.add}
          </button>
        )}
      </header>
      <ListFrame
        of={query}
        rows={query.data}
        empty={
          <EmptyState icon={Database} title={texts.stores.none.title}>
            <p>{texts.stores.none.lead}</p>
          </EmptyState>
        }
      >
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.columns.store}</th>
                <th scope="col">{texts.columns.party}</th>
                <th scope="col">{texts.columns.connector}</th>
                <th scope="col">{texts.columns.retention}</th>
                <th scope="col">{texts.columns.identifiers}</th>
                <th scope="col">
                  <span className="sr-only">{texts.columns.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((store) => (
                <tr key={store.id}>
                  <td>
                    <strong>{store.title}</strong>
                    <br />
                    <span className="soft mono">
                      <NodeName id={store.id} />
                    </span>
                  </td>
                  <td>
                    {store.partyId === null ? governance.people.unknown : (nameOf.get(store.partyId) ?? store.partyId)}
                  </td>
                  <td>
                    {store.connector ?? (
                      <span className="badge" data-tone="act">
                        {texts.stores.nobody}
                      </span>
                    )}
                  </td>
                  <td>
                    {store.retentionDays === null ? texts.unsaid : texts.days(store.retentionDays)}
                    {store.backupRetentionDays !== null && (
                      <span className="soft nowrap">
                        <br />
                        {texts.backups(store.backupRetentionDays)}
                      </span>
                    )}
                  </td>
                  <td>
                    <Tags of={store.identifierTypes} />
                  </td>
                  <td>
                    <div className="row-actions">
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={texts.edit(store.title)}
                        onClick={() => onEdit(store.id)}
                      >
                        <Pencil size={15} aria-hidden="true" />
                      </button>
                      {canWrite && (
                        <button
                          type="button"
                          className="icon-button"
                          aria-label={texts.remove(store.title)}
                          onClick={() => setRemoving(store)}
                        >
                          <Trash2 size={15} aria-hidden="true" />
                        </button>
                      )}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {removing && <RemoveStore store={removing} onClose={() => setRemoving(null)} />}
    </section>
  );
}

function RemoveStore({ store, onClose }: { store: Store; onClose: () => void }) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answerOf(api.DELETE('/v1/stores', { params: { query: { id: store.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['registry', 'stores'] });
      onClose();
    },
  });
  return (
    <TypedConfirm
      open
      onClose={onClose}
      title={texts.removeStore.title}
      lead={<p className="soft">{texts.removeStore.lead}</p>}
      phrase={store.title}
      action={texts.removeStore.action}
      onConfirm={() => mutate()}
      isPending={isPending}
      error={error}
    />
  );
}
