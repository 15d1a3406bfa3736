import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { Building2, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { TypedConfirm } from '../../parts/typed-confirm.tsx';
import { governance } from '../../texts/en-governance.ts';
import { Tags } from '../parts/tags.tsx';
import type { Party } from './forms.ts';
import { PartyDialog } from './party-dialog.tsx';

const texts = governance.registry;

/** The legal entities behind hosts and nodes: what an access answer names as recipients (Art. 15(1)(c)). */
export function Parties({ query, canWrite }: { query: UseQueryResult<Party[]>; canWrite: boolean }) {
  const [editing, setEditing] = useState<Party | 'new' | null>(null);
  const [removing, setRemoving] = useState<Party | null>(null);
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <p className="soft">{texts.parties.lead}</p>
        {canWrite && (
          <button type="button" className="button" onClick={() => setEditing('new')}>
            <Plus size={16} aria-hidden="true" />
            {texts.parties.add}
          </button>
        )}
      </header>
      <ListFrame
        of={query}
        rows={query.data}
        empty={
          <EmptyState icon={Building2} title={texts.parties.none.title}>
            <p>{texts.parties.none.lead}</p>
          </EmptyState>
        }
      >
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.columns.party}</th>
                <th scope="col">{texts.columns.role}</th>
                <th scope="col">{texts.columns.country}</th>
                <th scope="col">{texts.columns.transfer}</th>
                <th scope="col">{texts.columns.hosts}</th>
                <th scope="col">
                  <span className="sr-only">{texts.columns.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((party) => (
                <tr key={party.id}>
                  <td>
                    <strong>{party.legalName}</strong>
                    <br />
                    <span className="soft mono">{party.id}</span>
                  </td>
                  <td>{texts.roles[party.role]}</td>
                  <td>{party.country ?? governance.people.unknown}</td>
                  <td>{party.transferMechanism ?? governance.people.unknown}</td>
                  <td>
                    <Tags of={party.hosts} />
                  </td>
                  <td>
                    <div className="row-actions">
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={texts.edit(party.legalName)}
                        onClick={() => setEditing(party)}
                      >
                        <Pencil size={15} aria-hidden="true" />
                      </button>
                      {canWrite && (
                        <button
                          type="button"
                          className="icon-button"
                          aria-label={texts.remove(party.legalName)}
                          onClick={() => setRemoving(party)}
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
      {editing && (
        <PartyDialog
          known={editing === 'new' ? undefined : editing}
          canWrite={canWrite}
          onClose={() => setEditing(null)}
        />
      )}
      {removing && <RemoveParty party={removing} onClose={() => setRemoving(null)} />}
    </section>
  );
}

function RemoveParty({ party, onClose }: { party: Party; onClose: () => void }) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answerOf(api.DELETE('/v1/parties', { params: { query: { id: party.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['registry', 'parties'] });
      onClose();
    },
  });
  return (
    <TypedConfirm
      open
      onClose={onClose}
      title={texts.removeParty.title}
      lead={<p className="soft">{texts.removeParty.lead}</p>}
      phrase={party.id}
      action={texts.removeParty.action}
      onConfirm={() => mutate()}
      isPending={isPending}
      error={error}
    />
  );
}
