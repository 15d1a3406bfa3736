import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId } from 'react';
import { ApiError } from '../api/client.ts';
import { signIn } from '../app/session.ts';
import { texts } from '../texts/en.ts';
import './sign-in.css';

/** The key is read from the form and handed over once: it is in no state, no address and no storage of the page. */
export function SignIn({ hasEnded }: { hasEnded: boolean }) {
  const queries = useQueryClient();
  const errorId = useId();
  useEffect(() => {
    document.title = `${texts.session.title} · ${texts.product}`;
  }, []);
  const { mutate, error, isPending } = useMutation({
    mutationFn: signIn,
    onSuccess: () => queries.resetQueries(),
    gcTime: 0,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get('key');
    if (typeof key === 'string') mutate(key);
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <img src="/mark.svg" alt="" width="44" height="44" />
        <h1>{texts.session.title}</h1>
        {hasEnded && <p role="status">{texts.session.ended}</p>}
        <p className="soft">{texts.session.lead}</p>
        <label className="field">
          <span>{texts.session.key}</span>
          <input
            name="key"
            type="password"
            required
            autoComplete="off"
            spellCheck={false}
            aria-invalid={error !== null}
            aria-describedby={error === null ? undefined : errorId}
          />
        </label>
        {error !== null && (
          <p id={errorId} className="wrong" role="alert">
            {whyNot(error)}
          </p>
        )}
        <button type="submit" className="button" disabled={isPending}>
          {texts.session.submit}
        </button>
      </form>
    </main>
  );
}

function whyNot(error: Error): string {
  const status = error instanceof ApiError ? error.status : null;
  if (status === 401) return texts.session.wrong;
  return status === 429 ? texts.session.tooMany : texts.failure.away;
}
