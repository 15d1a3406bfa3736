import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Search, UserRoundX, UsersRound } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import { purposeHeader } from '../app/purpose.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PurposeChip, WithPurpose } from '../parts/purpose-dialog.tsx';
import { people } from '../texts/en-people.ts';
import { type Identifier, type IdentifierKind, KINDS, takeAsked } from './identifier-form.ts';
import './find-person.css';

const texts = people.find;

type Found = components['schemas']['ResolveAnswer'];

/** From what somebody is called to the random id of their page. */
export function FindPerson() {
  return (
    <div className="screen find">
      <PageHead title={texts.title} lead={texts.lead}>
        <PurposeChip />
      </PageHead>
      <WithPurpose>
        <FindForm />
      </WithPurpose>
    </div>
  );
}

/**
 * The identifier goes from the field into the body of one call. It is no variable of the mutation, which its cache would
 * keep, no state of a component and no part of an address; the field is empty before the answer is there.
 */
function FindForm() {
  const navigate = useNavigate();
  const typed = useRef<Identifier | null>(null);
  const [kind, setKind] = useState<IdentifierKind>('email');
  const [isUnreadable, setUnreadable] = useState(false);
  const find = useMutation({
    mutationFn: () => resolveTyped(typed),
    onSuccess: async ({ subjectId }) => {
      if (subjectId !== null) await open(subjectId);
    },
    gcTime: 0,
    retry: false,
  });
  const open = (subjectId: string) => navigate({ to: '/people/$subjectId', params: { subjectId }, search: {} });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const asked = takeAsked(event.currentTarget);
    setUnreadable(asked === null);
    if (asked === null) return find.reset();
    if (asked.as === 'subject') return void open(asked.subjectId);
    typed.current = asked.identifier;
    find.mutate();
  };
  const { label, placeholder } = texts.kinds[kind];
  return (
    <>
      {/* Never sent by the browser itself: `post` keeps the field out of the address even if no script ran. */}
      <form className="card find-form" method="post" onSubmit={submit} autoComplete="off">
        <label className="field">
          <span>{texts.kind}</span>
          <select name="kind" value={kind} onChange={({ target }) => setKind(KINDS[target.selectedIndex] ?? 'email')}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {texts.kinds[each].label}
              </option>
            ))}
          </select>
        </label>
        {kind === 'other' && (
          <label className="field">
            <span>{texts.type}</span>
            <input name="type" required pattern="[a-z][a-z0-9_]{0,31}" placeholder="loyalty_card" autoComplete="off" />
          </label>
        )}
        <label className="field value">
          <span>{label}</span>
          <input
            key={kind}
            name="value"
            required
            maxLength={512}
            placeholder={placeholder}
            autoComplete="off"
            autoCapitalize="off"
            autoCorrect="off"
            spellCheck={false}
            data-1p-ignore=""
            data-lpignore="true"
          />
        </label>
        <button type="submit" className="button" disabled={find.isPending}>
          <Search size={16} aria-hidden="true" />
          {find.isPending ? texts.busy : texts.submit}
        </button>
        <p className="soft note">{texts.note}</p>
      </form>
      <div aria-live="polite">
        {isUnreadable && <p className="find-answer soft">{texts.unreadable}</p>}
        {find.error !== null && <Failure error={find.error} />}
        {find.data !== undefined && find.data.subjectId === null && <NotOne found={find.data} />}
      </div>
    </>
  );
}

/** Takes the identifier away before it is sent: nothing holds it while the answer is awaited. */
async function resolveTyped(typed: { current: Identifier | null }): Promise<Found> {
  const identifiers = typed.current === null ? [] : [typed.current];
  typed.current = null;
  return answerOf(api.POST('/v1/subjects/resolve', { params: { header: purposeHeader() }, body: { identifiers } }));
}

function NotOne({ found: { ambiguous } }: { found: Found }) {
  if (ambiguous.length === 0) {
    return (
      <section className="card find-answer">
        <UserRoundX size={22} aria-hidden="true" />
        <div>
          <h2>{texts.unknown.title}</h2>
          <p>{texts.unknown.lead}</p>
          <p className="soft">{texts.unknown.next}</p>
        </div>
      </section>
    );
  }
  return (
    <section className="card find-answer">
      <UsersRound size={22} aria-hidden="true" />
      <div>
        <h2>{texts.ambiguous.title(ambiguous.length)}</h2>
        <p>{texts.ambiguous.lead}</p>
        <ul>
          {ambiguous.map(({ subjectId }) => (
            <li key={subjectId}>
              <Link to="/people/$subjectId" params={{ subjectId }} search={{}}>
                {texts.ambiguous.person} <span className="mono">{subjectId.slice(0, 8)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
