import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import { PARTY_ROLES, type Party, partyOf } from './forms.ts';

const texts = governance.registry.partyForm;

export function PartyDialog({
  known,
  canWrite,
  onClose,
}: {
  known: Party | undefined;
  canWrite: boolean;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Party) => answerOf(api.PUT('/v1/parties', { body })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['registry', 'parties'] });
      await queries.invalidateQueries({ queryKey: ['map'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutate(partyOf(new FormData(event.currentTarget)));
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={known === undefined ? texts.add : texts.edit(known.legalName)}
      lead={<p className="soft">{texts.lead}</p>}
    >
      <form onSubmit={submit}>
        <fieldset className="bare" disabled={!canWrite}>
          <div className="form-grid">
            <label className="field">
              <span>{texts.legalName}</span>
              <input name="legalName" defaultValue={known?.legalName ?? ''} required maxLength={200} />
            </label>
            <label className="field">
              <span>{texts.id}</span>
              <input
                name="id"
                className="mono"
                defaultValue={known?.id ?? ''}
                readOnly={known !== undefined}
                required
                pattern="[a-z0-9][a-z0-9._\-]{0,62}"
                spellCheck={false}
                placeholder="mailhouse"
              />
            </label>
            <label className="field">
              <span>{texts.role}</span>
              <select name="role" defaultValue={known?.role ?? 'processor'}>
                {PARTY_ROLES.map((role) => (
                  <option key={role} value={role}>
                    {governance.registry.roles[role]}
                  </option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>{texts.country}</span>
              <input
                name="country"
                defaultValue={known?.country ?? ''}
                pattern="[A-Za-z]{2}"
                maxLength={2}
                placeholder="DE"
              />
            </label>
            <label className="field">
              <span>{texts.transfer}</span>
              <input
                name="transferMechanism"
                defaultValue={known?.transferMechanism ?? ''}
                maxLength={200}
                placeholder="SCC 2021/914 module 2"
              />
            </label>
            <label className="field">
              <span>{texts.contact}</span>
              <input
                name="contact"
                defaultValue={known?.contact ?? ''}
                maxLength={200}
                placeholder="privacy@mailhouse.example"
              />
            </label>
          </div>
          <label className="field">
            <span>{texts.hosts}</span>
            <textarea
              name="hosts"
              rows={3}
              className="mono"
              defaultValue={known?.hosts.join('\n') ?? ''}
              spellCheck={false}
            />
            <span className="hint">{texts.hostsHint}</span>
          </label>
        </fieldset>
        {error !== null && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {common.parts.cancel}
          </button>
          {canWrite && (
            <button type="submit" className="button" disabled={isPending}>
              {texts.save}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
