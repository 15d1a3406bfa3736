import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { TWO_PERSON_ACTIONS } from '@vestige/core/access/four-eyes';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { may, type OwnKey } from '../../app/session.ts';
import { Failure } from '../../parts/failure.tsx';
import { TypedConfirm } from '../../parts/typed-confirm.tsx';
import { governance } from '../../texts/en-governance.ts';
import { listOf } from '../registry/forms.ts';

const texts = governance.keys.rules;
type Policy = components['schemas']['RequestPolicy'];
const POLICY = ['request-policy'] as const;

/** What holds for everybody: four eyes, the working calendar, how long copies live. */
export function Rules({ session }: { session: OwnKey }) {
  const { data, error, refetch } = useQuery({
    queryKey: POLICY,
    queryFn: () => answerOf(api.GET('/v1/request-policy')),
  });
  return (
    <div className="rules">
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton block-wait" />}
      {data && <PolicyForm key={JSON.stringify(data)} policy={data} canWrite={may(session, 'admin')} />}
      <FourEyes waived={data?.singleKeyApproval ?? false} />
    </div>
  );
}

function PolicyForm({ policy, canWrite }: { policy: Policy; canWrite: boolean }) {
  const queries = useQueryClient();
  const [single, setSingle] = useState(policy.singleKeyApproval);
  const [ownHolidays, setOwnHolidays] = useState(policy.holidays !== null);
  const [asked, setAsked] = useState<Policy | null>(null);
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: (body: Policy) => answerOf(api.PUT('/v1/request-policy', { body })),
    onSuccess: async () => {
      setAsked(null);
      await queries.invalidateQueries({ queryKey: POLICY });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body: Policy = {
      ...policy,
      singleKeyApproval: single,
      timeZone: String(form.get('timeZone')).trim(),
      packageDays: Number(form.get('packageDays')),
      holidays: ownHolidays ? listOf(String(form.get('holidays'))).toSorted() : null,
    };
    // Giving up the second person is asked twice; taking it back is not.
    if (single && !policy.singleKeyApproval) setAsked(body);
    else mutate(body);
  };
  return (
    <form className="card block-form" onSubmit={submit}>
      <h2>{texts.policy}</h2>
      <fieldset className="bare" disabled={!canWrite}>
        <label className="check">
          <input type="checkbox" checked={single} onChange={({ target }) => setSingle(target.checked)} />
          <span>{texts.single}</span>
        </label>
        <p className="statement" data-tone={single ? 'warn' : undefined}>
          {single ? texts.singleOn : texts.singleOff}
        </p>
        <div className="form-grid">
          <label className="field">
            <span>{texts.timeZone}</span>
            <input name="timeZone" defaultValue={policy.timeZone} required maxLength={64} placeholder="Europe/Paris" />
          </label>
          <label className="field">
            <span>{texts.packageDays}</span>
            <input name="packageDays" type="number" min={1} max={90} defaultValue={policy.packageDays} required />
          </label>
        </div>
        <label className="check">
          <input type="checkbox" checked={ownHolidays} onChange={({ target }) => setOwnHolidays(target.checked)} />
          <span>{texts.ownHolidays}</span>
        </label>
        {ownHolidays && (
          <label className="field">
            <span>{texts.holidays}</span>
            <textarea
              name="holidays"
              className="mono"
              rows={4}
              defaultValue={policy.holidays?.join('\n') ?? ''}
              placeholder="2026-12-25"
            />
          </label>
        )}
      </fieldset>
      {error !== null && asked === null && <Failure error={error} />}
      {canWrite ? (
        <div className="row-actions">
          {isSuccess && (
            <span className="soft" role="status">
              {texts.saved}
            </span>
          )}
          <button type="submit" className="button" disabled={isPending}>
            {texts.save}
          </button>
        </div>
      ) : (
        <p className="faint">{texts.readOnly}</p>
      )}
      <TypedConfirm
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={texts.confirm.title}
        lead={<p className="soft">{texts.singleOn}</p>}
        phrase={texts.confirm.phrase}
        action={texts.confirm.action}
        onConfirm={() => asked && mutate(asked)}
        isPending={isPending}
        error={error}
      />
    </form>
  );
}

/** What one person may not do alone. */
function FourEyes({ waived }: { waived: boolean }) {
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <h2>{texts.fourEyes}</h2>
        <p className="soft">{texts.fourEyesLead}</p>
      </header>
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.first}</th>
            <th scope="col">{texts.second}</th>
            <th scope="col">{texts.holds}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(TWO_PERSON_ACTIONS).map(([action, { first, second, waivable }]) => (
            <tr key={action}>
              <td>{first}</td>
              <td>{second}</td>
              <td>
                <span className="badge" data-tone={waived && waivable ? 'bad' : 'good'}>
                  {waived && waivable ? texts.off : waivable ? texts.on : texts.always}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
