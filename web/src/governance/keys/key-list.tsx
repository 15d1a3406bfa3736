import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import type { OwnKey } from '../../app/session.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { Failure } from '../../parts/failure.tsx';
import { TypedConfirm } from '../../parts/typed-confirm.tsx';
import { governance } from '../../texts/en-governance.ts';
import type { Change } from '../parts/drop-empty.ts';
import { Tags } from '../parts/tags.tsx';
import { type ApiKey, inOrder, isPast, keyState } from './key-state.ts';
import type { KeysSearch } from './keys-search.ts';
import { type MadeKey, NewKeyDialog } from './new-key-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { SecretDialog } from './secret-dialog.tsx';

const texts = governance.keys;
const KEYS = ['api-keys'] as const;
const TONES = { living: 'good', ending: 'act', expired: 'over', revoked: 'over' } as const;

export function KeyList({
  search,
  set,
  session,
}: {
  search: KeysSearch;
  set: (change: Change<KeysSearch>) => void;
  session: OwnKey;
}) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: KEYS,
    queryFn: async () => (await answerOf(api.GET('/v1/api-keys'))).items,
  });
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeKey | null>(null);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const onMade = (key: MadeKey) => {
    setMaking(false);
    setRotating(null);
    setMade(key);
    void queries.invalidateQueries({ queryKey: KEYS });
  };
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <div className="skeleton block-wait" />;
  const now = Date.now();
  const shown = inOrder(data, now).filter((key) => search.past === true || !isPast(key, now));
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <label className="check">
          <input
            type="checkbox"
            checked={search.past === true}
            onChange={({ target }) => set({ past: target.checked ? true : undefined })}
          />
          <span>{texts.past(data.filter((key) => isPast(key, now)).length)}</span>
        </label>
        <button type="button" className="button" onClick={() => setMaking(true)}>
          <Plus size={16} aria-hidden="true" />
          {texts.make}
        </button>
      </header>
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.columns.name}</th>
            <th scope="col">{texts.columns.role}</th>
            <th scope="col">{texts.columns.person}</th>
            <th scope="col">{texts.columns.made}</th>
            <th scope="col">{texts.columns.state}</th>
            <th scope="col">
              <span className="sr-only">{texts.columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((key) => {
            const state = keyState(key, now);
            return (
              <tr key={key.id}>
                <td>
                  <strong>{key.name}</strong>
                  {key.id === session.id && <span className="tag own-key">{texts.own}</span>}
                  <br />
                  <span className="soft mono">{key.id}</span>
                </td>
                <td>{key.role === null ? <Tags of={key.scopes} /> : governance.roles[key.role]}</td>
                <td className="mono">{key.person}</td>
                <td>
                  <DateTime at={key.createdAt} />
                </td>
                <td>
                  <span className="badge" data-tone={TONES[state]}>
                    {texts.states[state]}
                  </span>
                  {key.expiresAt !== null && state !== 'revoked' && (
                    <span className="soft until">
                      {texts.until} <DateTime at={key.expiresAt} />
                    </span>
                  )}
                </td>
                <td>
                  {!isPast(key, now) && (
                    <div className="row-actions">
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={texts.rotateOf(key.name)}
                        title={texts.rotateOf(key.name)}
                        onClick={() => setRotating(key)}
                      >
                        <RotateCw size={15} aria-hidden="true" />
                      </button>
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={texts.revokeOf(key.name)}
                        title={texts.revokeOf(key.name)}
                        onClick={() => setRevoking(key)}
                      >
                        <Trash2 size={15} aria-hidden="true" />
                      </button>
                    </div>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {isMaking && <NewKeyDialog session={session} onMade={onMade} onClose={() => setMaking(false)} />}
      {rotating && <RotateDialog apiKey={rotating} onMade={onMade} onClose={() => setRotating(null)} />}
      {made && <SecretDialog made={made} onClose={() => setMade(null)} />}
      {revoking && <Revoke apiKey={revoking} isOwn={revoking.id === session.id} onClose={() => setRevoking(null)} />}
    </section>
  );
}

function Revoke({ apiKey, isOwn, onClose }: { apiKey: ApiKey; isOwn: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answerOf(api.DELETE('/v1/api-keys/{keyId}', { params: { path: { keyId: apiKey.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: isOwn ? ['session'] : KEYS });
      onClose();
    },
  });
  return (
    <TypedConfirm
      open
      onClose={onClose}
      title={texts.revoke.title(apiKey.name)}
      lead={<p className="soft">{isOwn ? texts.revoke.own : texts.revoke.lead}</p>}
      phrase={apiKey.name}
      action={texts.revoke.action}
      onConfirm={() => mutate()}
      isPending={isPending}
      error={error}
    />
  );
}
