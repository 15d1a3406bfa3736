import { ApiError } from '../api/client.ts';
import { texts } from '../texts/en.ts';

/** Why something is not there, what to do, and the id an operator can look the call up by. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const problem = error instanceof ApiError ? error.problem : null;
  const scope = problem?.facts?.['scope'];
  const why =
    problem === null
      ? texts.failure.away
      : problem.status === 403 && typeof scope === 'string'
        ? texts.failure.forbidden(scope)
        : (problem.detail ?? problem.title);
  return (
    <div className="failure" role="alert">
      <h2>{texts.failure.title}</h2>
      <p>{why}</p>
      {problem !== null && <p className="faint mono">{texts.failure.call(problem.instance)}</p>}
      {again !== undefined && problem?.status !== 403 && (
        <button type="button" className="button" onClick={again}>
          {texts.failure.again}
        </button>
      )}
    </div>
  );
}
