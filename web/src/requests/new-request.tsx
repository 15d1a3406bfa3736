import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { may, useSession } from '../app/session.ts';
import { PageHead } from '../parts/page-head.tsx';
import { WithPurpose } from '../parts/purpose-dialog.tsx';
import { texts as all } from '../texts/en.ts';
import { newRequest } from '../texts/en-request-new.ts';
import { requests } from '../texts/en-requests.ts';
import { CorrectionRows } from './correction-rows.tsx';
import { IdentifierRows } from './identifier-rows.tsx';
import { TYPES, todayAt } from './list-search.ts';
import {
  bodyOf,
  EMPTY_CORRECTION,
  EMPTY_IDENTIFIER,
  type FormFault,
  groundsOf,
  isFault,
  type NewRequestBody,
  REGIMES,
  type TypedRequest,
} from './new-request-body.ts';
import { ProblemNote } from './problem-note.tsx';
import { SubjectMatch } from './subject-match.tsx';
import './fields.css';
import './new-request.css';

const texts = newRequest;
const FAULTS: Readonly<Record<FormFault, string>> = {
  future: texts.future,
  no_identifier: texts.identifiers.needed,
  bad_token: texts.identifiers.badToken,
  bad_kind: texts.identifiers.badKind,
  bad_purpose: texts.purposes.bad,
  no_correction: texts.corrections.needed,
  bad_category: texts.corrections.badKind,
};

/** Files what a person has asked for. Identifiers go into one body and nowhere else; leaving the page forgets them. */
export function NewRequest() {
  const { subject } = useSearch({ from: '/requests/new' });
  const session = useSession();
  if (!session) return null;
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      {!may(session, 'requests:write') ? (
        <p className="note" data-tone="warn">
          {texts.forbidden}
        </p>
      ) : subject === undefined ? (
        <RequestForm />
      ) : (
        <WithPurpose>
          <RequestForm subject={subject} />
        </WithPurpose>
      )}
    </div>
  );
}

function RequestForm({ subject }: { subject?: string }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const idempotencyKey = useMemo(() => crypto.randomUUID(), []);
  const [typed, setTyped] = useState<TypedRequest>(() => ({
    type: 'erasure',
    regime: 'gdpr',
    receivedOn: todayAt(new Date()),
    ground: '',
    identifiers: [EMPTY_IDENTIFIER],
    purposes: '',
    corrections: [EMPTY_CORRECTION],
  }));
  const [fault, setFault] = useState<FormFault | null>(null);
  const change = (part: Partial<TypedRequest>) => {
    setTyped((before) => ({ ...before, ...part }));
    setFault(null);
  };
  const file = useMutation({
    mutationFn: (body: NewRequestBody) =>
      answerOf(api.POST('/v1/requests', { body, params: { header: { 'Idempotency-Key': idempotencyKey } } })),
    // What was typed stays in no cache.
    gcTime: 0,
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ['requests'] });
      return navigate({ to: '/requests/$requestId', params: { requestId: id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = bodyOf(typed, new Date());
    if (isFault(body)) setFault(body);
    else file.mutate(body);
  };
  const grounds = groundsOf(typed.type);
  return (
    <form className="card request-form" onSubmit={submit} autoComplete="off">
      {subject !== undefined && (
        <p className="note" data-tone="wait">
          <span>
            {texts.about} <span className="mono">{subject.slice(0, 8)}</span>
          </span>
        </p>
      )}
      <fieldset className="type-choice">
        <legend>{texts.type}</legend>
        {TYPES.map((type) => (
          <label key={type} data-chosen={typed.type === type}>
            <input
              type="radio"
              name="type"
              checked={typed.type === type}
              onChange={() => change({ type, ground: '' })}
            />
            <span>
              <strong>{all.request.types[type]}</strong>
              <span className="soft">{requests.typeLeads[type]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <IdentifierRows rows={typed.identifiers} onChange={(identifiers) => change({ identifiers })} />
      {subject !== undefined && <SubjectMatch subject={subject} identifiers={typed.identifiers} />}
      {typed.type === 'rectification' && (
        <CorrectionRows rows={typed.corrections} onChange={(corrections) => change({ corrections })} />
      )}
      <div className="form-row">
        <label className="field">
          <span>{texts.receivedAt}</span>
          <input
            type="date"
            required
            max={todayAt(new Date())}
            value={typed.receivedOn}
            onChange={({ target }) => change({ receivedOn: target.value })}
          />
          <small>{texts.receivedHint}</small>
        </label>
        <label className="field">
          <span>{texts.regime}</span>
          <select
            value={typed.regime}
            onChange={({ target }) => change({ regime: REGIMES[target.selectedIndex] ?? 'gdpr' })}
          >
            {REGIMES.map((regime) => (
              <option key={regime} value={regime}>
                {requests.regimes[regime]}
              </option>
            ))}
          </select>
          <small>{newRequest.regimeRules[typed.regime]}</small>
        </label>
      </div>
      {grounds.length > 0 && (
        <label className="field">
          <span>{texts.ground.label}</span>
          <select value={typed.ground} onChange={({ target }) => change({ ground: target.value })}>
            <option value="">{texts.ground.none}</option>
            {grounds.map((ground) => (
              <option key={ground} value={ground}>
                {requests.grounds[ground]}
              </option>
            ))}
          </select>
        </label>
      )}
      {typed.type === 'objection' && (
        <label className="field">
          <span>{texts.purposes.label}</span>
          <input value={typed.purposes} onChange={({ target }) => change({ purposes: target.value })} />
          <small>{texts.purposes.hint}</small>
        </label>
      )}
      {fault !== null && (
        <p className="note" data-tone="bad" role="alert">
          {FAULTS[fault]}
        </p>
      )}
      <ProblemNote error={file.error} />
      <footer>
        <Link to="/requests" className="button plain">
          {texts.cancel}
        </Link>
        <button type="submit" className="button" disabled={file.isPending}>
          {file.isPending ? texts.filing : texts.submit}
        </button>
      </footer>
    </form>
  );
}
