import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { findingWords } from '../../parts/finding-words.ts';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import type { Finding } from './registry-queries.ts';

const texts = governance.registry.findings;

/** Takes a finding from the list with what somebody found out about it. */
export function SettleDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: (why: string) =>
      answerOf(api.POST('/v1/findings/{id}/settle', { params: { path: { id: finding.id } }, body: { why } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['findings'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutate(String(new FormData(event.currentTarget).get('why')).trim());
  };
  return (
    <Dialog open onClose={onClose} title={texts.dialog.title} lead={<p className="soft">{texts.dialog.lead}</p>}>
      <form onSubmit={submit}>
        <p>
          <strong>{findingWords(finding.type)}</strong>
        </p>
        <label className="field">
          <span>{texts.dialog.why}</span>
          <input name="why" required maxLength={200} pattern="[^@]*\S[^@]*" autoComplete="off" />
          <small>{texts.dialog.whyHint}</small>
        </label>
        {error !== null && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {common.parts.cancel}
          </button>
          <button type="submit" className="button" disabled={isPending}>
            {texts.settle}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
