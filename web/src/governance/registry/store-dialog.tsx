import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import type { MapNode } from '../map/map-filter.ts';
import { type Party, type Store, storeOf } from './forms.ts';

const texts = governance.registry.storeForm;

/** In the address instead of a node id: an empty form. */
export const NEW_STORE = 'new';

/** Declares a store, or what is said of it. What lineage knows of it is filled in. */
export function StoreDialog({
  id,
  known,
  seen,
  parties,
  canWrite,
  onClose,
}: {
  id: string;
  known: Store | undefined;
  seen: MapNode | undefined;
  parties: readonly Party[];
  canWrite: boolean;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Store) => answerOf(api.PUT('/v1/stores', { body })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['registry', 'stores'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutate(storeOf(new FormData(event.currentTarget)));
  };
  const isNew = known === undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      title={isNew ? texts.register : texts.edit(known.title)}
      lead={<p className="soft">{texts.lead}</p>}
    >
      <form onSubmit={submit}>
        <fieldset className="bare" disabled={!canWrite}>
          <label className="field">
            <span>{texts.id}</span>
            <input
              name="id"
              className="mono"
              defaultValue={id === NEW_STORE ? '' : id}
              readOnly={id !== NEW_STORE}
              required
              maxLength={512}
              spellCheck={false}
              placeholder="store:postgres://db:5432/shop.public.users"
            />
          </label>
          <label className="field">
            <span>{texts.title}</span>
            <input name="title" defaultValue={known?.title ?? seen?.name ?? ''} required maxLength={200} />
          </label>
          <div className="form-grid">
            <label className="field">
              <span>{texts.party}</span>
              <select name="partyId" defaultValue={known?.partyId ?? seen?.party?.id ?? ''}>
                <option value="">{texts.noParty}</option>
                {parties.map((party) => (
                  <option key={party.id} value={party.id}>
                    {party.legalName}
                  </option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>{texts.connector}</span>
              <input name="connector" defaultValue={known?.connector ?? ''} maxLength={100} placeholder="postgres" />
            </label>
            <label className="field">
              <span>{texts.retention}</span>
              <input
                name="retentionDays"
                type="number"
                min={0}
                max={36_500}
                defaultValue={known?.retentionDays ?? ''}
              />
            </label>
            <label className="field">
              <span>{texts.backups}</span>
              <input
                name="backupRetentionDays"
                type="number"
                min={0}
                max={36_500}
                defaultValue={known?.backupRetentionDays ?? ''}
              />
            </label>
          </div>
          <label className="field">
            <span>{texts.identifiers}</span>
            <input
              name="identifierTypes"
              defaultValue={known?.identifierTypes.join(', ') ?? ''}
              placeholder="email, customer_id"
              spellCheck={false}
            />
            <span className="hint">{texts.identifiersHint}</span>
          </label>
        </fieldset>
        {error !== null && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {common.parts.cancel}
          </button>
          {canWrite && (
            <button type="submit" className="button" disabled={isPending}>
              {isNew ? texts.save : texts.saveChanges}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
