import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { purposeHeader } from '../app/purpose.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { ProblemNote } from './problem-note.tsx';
import type { Request } from './request-queries.ts';
import { useStep } from './use-step.ts';

const texts = requestAnswers.copy.link;
const DAYS_MAX = 30;
const DOWNLOADS_MAX = 10;

/** An address and a code for the person, shown once. Neither is kept by the page beyond this screen. */
export function CopyLink({ request }: { request: Request }) {
  const [days, setDays] = useState(7);
  const [downloadsMax, setDownloadsMax] = useState(3);
  const step = useStep(() =>
    answerOf(
      api.POST('/v1/requests/{id}/package/link', {
        params: { path: { id: request.id }, header: purposeHeader() },
        body: { days, downloadsMax },
      }),
    ),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    step.mutate();
  };
  const address = step.data && new URL(step.data.path, window.location.origin).href;
  return (
    <section className="card panel" aria-labelledby="copy-link">
      <h3 id="copy-link">{texts.title}</h3>
      <p className="soft">{texts.lead}</p>
      <form className="link-form" onSubmit={submit}>
        <label className="field">
          <span>{texts.days}</span>
          <input
            type="number"
            min={1}
            max={DAYS_MAX}
            required
            value={days}
            onChange={({ target }) => setDays(target.valueAsNumber)}
          />
        </label>
        <label className="field">
          <span>{texts.downloads}</span>
          <input
            type="number"
            min={1}
            max={DOWNLOADS_MAX}
            required
            value={downloadsMax}
            onChange={({ target }) => setDownloadsMax(target.valueAsNumber)}
          />
        </label>
        <button type="submit" className="button plain" disabled={step.isPending}>
          {texts.make}
        </button>
      </form>
      <ProblemNote error={step.error} />
      {step.data && address !== undefined && (
        <div className="note once" data-tone="good" role="status">
          <dl className="request-facts">
            <div>
              <dt>{texts.address}</dt>
              <dd>
                <code>{address}</code>
                <CopyButton text={address} label={texts.copyAddress} />
              </dd>
            </div>
            <div>
              <dt>{texts.code}</dt>
              <dd>
                <code>{step.data.code}</code>
                <CopyButton text={step.data.code} label={texts.copyCode} />
              </dd>
            </div>
            <div>
              <dt>{texts.expires}</dt>
              <dd>
                <DateTime at={step.data.expiresAt} />
              </dd>
            </div>
          </dl>
          <p>{texts.once}</p>
        </div>
      )}
    </section>
  );
}
