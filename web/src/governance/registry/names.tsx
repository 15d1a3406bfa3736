import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import { NodeName } from '../parts/node-kind.tsx';
import { listOf } from './forms.ts';
import { aliasesQuery, hostsQuery } from './registry-queries.ts';

const texts = governance.registry.names;

/** Which names are one place, and which hosts are the company's own. */
export function Names({ canWrite }: { canWrite: boolean }) {
  return (
    <div className="names">
      <Aliases canWrite={canWrite} />
      <Hosts canWrite={canWrite} />
    </div>
  );
}

function Aliases({ canWrite }: { canWrite: boolean }) {
  const queries = useQueryClient();
  const aliases = useQuery(aliasesQuery);
  const [parting, setParting] = useState<string | null>(null);
  const put = useMutation({
    mutationFn: (body: { alias: string; canonical: string }) => answerOf(api.PUT('/v1/node-aliases', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: aliasesQuery.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const typed = new FormData(form);
    const [alias, canonical] = [String(typed.get('alias')).trim(), String(typed.get('canonical')).trim()];
    put.mutate({ alias, canonical }, { onSuccess: () => form.reset() });
  };
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <h2>{texts.aliases}</h2>
        <p className="soft">{texts.aliasesLead}</p>
      </header>
      <ListFrame of={aliases} rows={aliases.data} empty={<p className="empty soft">{texts.noAliases}</p>}>
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.alias}</th>
                <th scope="col">{texts.canonical}</th>
                {canWrite && (
                  <th scope="col">
                    <span className="sr-only">{governance.registry.columns.actions}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ alias, canonical }) => (
                <tr key={alias}>
                  <td>
                    <NodeName id={alias} />
                  </td>
                  <td>
                    <NodeName id={canonical} />
                  </td>
                  {canWrite && (
                    <td>
                      <div className="row-actions">
                        <button
                          type="button"
                          className="icon-button"
                          aria-label={texts.part(alias)}
                          title={texts.part(alias)}
                          onClick={() => setParting(alias)}
                        >
                          <Trash2 size={15} aria-hidden="true" />
                        </button>
                      </div>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {canWrite && (
        <form className="inline-form" onSubmit={submit}>
          <label className="field">
            <span>{texts.alias}</span>
            <input name="alias" className="mono" required maxLength={512} spellCheck={false} />
          </label>
          <label className="field">
            <span>{texts.canonical}</span>
            <input name="canonical" className="mono" required maxLength={512} spellCheck={false} />
          </label>
          <button type="submit" className="button plain" disabled={put.isPending}>
            {texts.join}
          </button>
        </form>
      )}
      {put.error !== null && <Failure error={put.error} />}
      {parting !== null && <PartDialog alias={parting} onClose={() => setParting(null)} />}
    </section>
  );
}

function PartDialog({ alias, onClose }: { alias: string; onClose: () => void }) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answerOf(api.DELETE('/v1/node-aliases', { params: { query: { alias } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: aliasesQuery.queryKey });
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.partTitle} lead={<p className="soft">{texts.partLead}</p>}>
      <p>
        <NodeName id={alias} />
      </p>
      {error !== null && <Failure error={error} />}
      <footer>
        <button type="button" className="button plain" onClick={onClose}>
          {common.parts.cancel}
        </button>
        <button type="button" className="button danger" disabled={isPending} onClick={() => mutate()}>
          {texts.partAct}
        </button>
      </footer>
    </Dialog>
  );
}

function Hosts({ canWrite }: { canWrite: boolean }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(hostsQuery);
  const [typed, setTyped] = useState<string | null>(null);
  const put = useMutation({
    mutationFn: (hosts: string[]) => answerOf(api.PUT('/v1/internal-hosts', { body: { hosts } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: hostsQuery.queryKey });
      setTyped(null);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(listOf(typed ?? ''));
  };
  return (
    <section className="card">
      <header className="card-head">
        <h2>{texts.hosts}</h2>
        <p className="soft">{texts.hostsLead}</p>
      </header>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton rows-wait" />}
      {data && (
        <form className="block-form" onSubmit={submit}>
          <label className="field">
            <span className="sr-only">{texts.hosts}</span>
            <textarea
              className="mono"
              rows={Math.min(12, Math.max(4, data.length + 1))}
              value={typed ?? data.join('\n')}
              readOnly={!canWrite}
              spellCheck={false}
              placeholder="*.internal.example.com"
              onChange={({ target }) => setTyped(target.value)}
            />
            <span className="hint">{texts.hostsHint}</span>
          </label>
          {put.error !== null && <Failure error={put.error} />}
          {canWrite && (
            <div className="row-actions">
              <button type="submit" className="button" disabled={typed === null || put.isPending}>
                {texts.saveHosts}
              </button>
            </div>
          )}
        </form>
      )}
    </section>
  );
}
