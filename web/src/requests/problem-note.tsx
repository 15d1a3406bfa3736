import { ApiError } from '../api/client.ts';
import { texts as all } from '../texts/en.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requests } from '../texts/en-requests.ts';

import './note.css';

const texts = requests.problem;

/** Why a step was refused and what to do, beside the form that sent it. Nothing without an error. */
export function ProblemNote({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const problem = error instanceof ApiError ? error.problem : null;
  if (problem === null) {
    return (
      <p className="note" data-tone="bad" role="alert">
        {all.failure.away}
      </p>
    );
  }
  const { code, detail, title, facts, instance, retryable } = problem;
  const what = adviceFor(code, facts?.['legal']);
  return (
    <div className="note" data-tone="bad" role="alert">
      <span>
        <strong>{title}.</strong> {detail}
        {what !== null && <span className="block">{what}</span>}
        {retryable && <span className="block">{texts.retry}</span>}
        <span className="block faint mono small">{texts.call(instance)}</span>
      </span>
    </div>
  );
}

function adviceFor(code: string, legal: unknown): string | null {
  if (code === 'plan_changed') return texts.plan_changed;
  if (code === 'purpose_required') return texts.purpose;
  if (!Array.isArray(legal)) return null;
  const labels: Readonly<Record<string, string>> = requestSteps.next.labels;
  const events = legal.flatMap((event) => labels[String(event)] ?? []);
  return events.length > 0 ? texts.legal(events.join(', ').toLowerCase()) : null;
}
