import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { ApiError, answerOf, api } from '../../api/client.ts';
import { Failure } from '../../parts/failure.tsx';
import { governance } from '../../texts/en-governance.ts';
import { LEGAL_BASES, type NoticePurpose, noticeOf, type PrivacyNotice } from './notice-form.ts';

const texts = governance.registry.notice;
const KEY = ['registry', 'notice'] as const;

async function readNotice(): Promise<PrivacyNotice | null> {
  try {
    return await answerOf(api.GET('/v1/privacy-notice'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** What the controller says of itself, which every access answer repeats to the person (Art. 13, 14, 15). */
export function Notice({ canWrite }: { canWrite: boolean }) {
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: readNotice });
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <div className="skeleton block-wait" />;
  return <NoticeForm key={JSON.stringify(data)} known={data} canWrite={canWrite} />;
}

function NoticeForm({ known, canWrite }: { known: PrivacyNotice | null; canWrite: boolean }) {
  const queries = useQueryClient();
  const [purposes, setPurposes] = useState<readonly NoticePurpose[]>(known?.purposes ?? []);
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: (body: PrivacyNotice) => answerOf(api.PUT('/v1/privacy-notice', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutate(noticeOf(new FormData(event.currentTarget), purposes, known));
  };
  const change = (at: number, part: Partial<NoticePurpose>) =>
    setPurposes(purposes.map((each, n) => (n === at ? { ...each, ...part } : each)));
  const field = (name: string, label: string, value: string | null | undefined, more: object = {}) => (
    <label className="field">
      <span>{label}</span>
      <input name={name} defaultValue={value ?? ''} maxLength={200} {...more} />
    </label>
  );
  return (
    <form className="card block-form" onSubmit={submit}>
      <p className="soft">{known === null ? texts.none : texts.lead}</p>
      <fieldset className="bare" disabled={!canWrite}>
        <h2>{texts.controller}</h2>
        <div className="form-grid">
          {field('legalName', texts.legalName, known?.controller.legalName, { required: true })}
          {field('contact', texts.contact, known?.controller.contact, { required: true })}
          {field('country', texts.country, known?.controller.country, { pattern: '[A-Za-z]{2}', maxLength: 2 })}
          {field('representative', texts.representative, known?.controller.representative)}
          {field('dataProtectionOfficer', texts.officer, known?.controller.dataProtectionOfficer)}
        </div>
        <h2>{texts.authority}</h2>
        <div className="form-grid">
          {field('authority', texts.authorityName, known?.authority.name, { required: true })}
          {field('authorityUrl', texts.authorityUrl, known?.authority.url, {
            required: true,
            type: 'url',
            pattern: 'https://.*',
            maxLength: 500,
          })}
        </div>
        <h2>{texts.purposes}</h2>
        <ul className="purposes">
          {purposes.map((purpose, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing else that stays while they are typed
            <li key={at}>
              <label className="field">
                <span className="sr-only">{texts.dataUse}</span>
                <input
                  className="mono"
                  value={purpose.dataUse}
                  placeholder={texts.dataUse}
                  onChange={({ target }) => change(at, { dataUse: target.value })}
                />
              </label>
              <label className="field">
                <span className="sr-only">{texts.purposeTitle}</span>
                <input
                  value={purpose.title}
                  placeholder={texts.purposeTitle}
                  onChange={({ target }) => change(at, { title: target.value })}
                />
              </label>
              <label className="field">
                <span className="sr-only">{texts.legalBasis}</span>
                <select
                  value={purpose.legalBasis}
                  onChange={({ target }) =>
                    change(at, { legalBasis: LEGAL_BASES[target.selectedIndex] ?? purpose.legalBasis })
                  }
                >
                  {LEGAL_BASES.map((basis) => (
                    <option key={basis} value={basis}>
                      {texts.bases[basis]}
                    </option>
                  ))}
                </select>
              </label>
              <button
                type="button"
                className="icon-button"
                aria-label={texts.removePurpose(purpose.title)}
                onClick={() => setPurposes(purposes.filter((_, n) => n !== at))}
              >
                <Trash2 size={15} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
        {canWrite && (
          <button
            type="button"
            className="button plain"
            onClick={() =>
              setPurposes([...purposes, { dataUse: '', title: '', legalBasis: 'eu-gdpr:A6-1-b', interests: null }])
            }
          >
            <Plus size={15} aria-hidden="true" />
            {texts.addPurpose}
          </button>
        )}
        {known !== null && <p className="faint">{texts.rest(known.stores.length, known.automatedDecisions.length)}</p>}
      </fieldset>
      {error !== null && <Failure error={error} />}
      {canWrite && (
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
      )}
    </form>
  );
}
