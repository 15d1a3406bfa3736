import { useMutation } from '@tanstack/react-query';
import { ROLE_NAMES, ROLES, type Role, scopesOf } from '@vestige/core/access/roles';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { may, type OwnKey } from '../../app/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { texts as common } from '../../texts/en.ts';
import { governance } from '../../texts/en-governance.ts';
import { Tags } from '../parts/tags.tsx';

const texts = governance.keys.newKey;
type NewKey = components['schemas']['NewApiKey'];

export interface MadeKey {
  readonly name: string;
  readonly secret: string;
}

/** A key grants nothing that it does not hold, so only such roles are offered (core/src/access/new-key.ts). */
const grantable = (session: OwnKey): Role[] =>
  ROLE_NAMES.filter((role) => scopesOf(role).every((scope) => may(session, scope)));

export function NewKeyDialog({
  session,
  onMade,
  onClose,
}: {
  session: OwnKey;
  onMade: (key: MadeKey) => void;
  onClose: () => void;
}) {
  const roles = grantable(session);
  const [role, setRole] = useState<Role>(roles[0] ?? 'ingest');
  const { mutate, error, isPending } = useMutation({
    // The secret goes to the dialog that shows it once, and into no cache.
    gcTime: 0,
    mutationFn: async (body: NewKey): Promise<MadeKey> => {
      const { key } = await answerOf(api.POST('/v1/api-keys', { body }));
      return { name: body.name, secret: key };
    },
    onSuccess: onMade,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [name, person, day] = ['name', 'person', 'day'].map((field) => String(form.get(field) ?? '').trim());
    mutate({
      name: name ?? '',
      role,
      ...(person ? { person } : {}),
      expiresAt: day ? new Date(`${day}T23:59:59`).toISOString() : session.expiresAt,
    });
  };
  return (
    <Dialog open onClose={onClose} title={texts.title} lead={<p className="soft">{texts.lead}</p>}>
      <form onSubmit={submit}>
        <label className="field">
          <span>{texts.role}</span>
          <select value={role} onChange={({ target }) => setRole(roles[target.selectedIndex] ?? role)}>
            {roles.map((each) => (
              <option key={each} value={each}>
                {governance.roles[each]}
              </option>
            ))}
          </select>
          <span className="hint">{ROLES[role].meaning}</span>
        </label>
        <Tags of={scopesOf(role)} />
        <label className="field">
          <span>{texts.name}</span>
          <input name="name" required maxLength={100} autoComplete="off" placeholder={texts.nameExample} />
        </label>
        <div className="form-grid">
          {ROLES[role].of === 'person' && (
            <label className="field">
              <span>{texts.person}</span>
              <input
                name="person"
                pattern="[a-z0-9][a-z0-9._\-]{0,63}"
                autoComplete="off"
                spellCheck={false}
                placeholder="staff-4711"
              />
              <span className="hint">{texts.personHint}</span>
            </label>
          )}
          <label className="field">
            <span>{texts.expires}</span>
            <input name="day" type="date" min={new Date().toISOString().slice(0, 10)} />
            <span className="hint">{texts.expiresHint}</span>
          </label>
        </div>
        {error !== null && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {common.parts.cancel}
          </button>
          <button type="submit" className="button" disabled={isPending}>
            {texts.make}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
