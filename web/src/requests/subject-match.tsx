import { useMutation } from '@tanstack/react-query';
import { UserCheck } from 'lucide-react';
import { useEffect } from 'react';
import { answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import { purposeHeader } from '../app/purpose.ts';
import { newRequest } from '../texts/en-request-new.ts';
import { isFault, selectorsOf, type TypedIdentifier } from './new-request-body.ts';
import { ProblemNote } from './problem-note.tsx';

const texts = newRequest;
const TONES = { same: 'good', other: 'bad', ambiguous: 'bad', unknown: 'warn' } as const;
type Match = keyof typeof TONES;
type ResolveBody = components['schemas']['ResolveBody'];

/** Whether what was typed leads to the person whose page one came from: a slip here would erase somebody else. */
export function SubjectMatch({ subject, identifiers }: { subject: string; identifiers: readonly TypedIdentifier[] }) {
  const { mutate, reset, data, error, isPending } = useMutation({
    mutationFn: () => matchOf(subject, identifiers),
    gcTime: 0,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: an answer about what was typed before is none about this
  useEffect(() => reset(), [identifiers, reset]);
  const isTyped = !isFault(selectorsOf(identifiers));
  return (
    <div className="subject-match">
      <button type="button" className="button plain" disabled={!isTyped || isPending} onClick={() => mutate()}>
        <UserCheck size={16} aria-hidden="true" />
        {isPending ? texts.checking : texts.check}
      </button>
      <ProblemNote error={error} />
      {data !== undefined && (
        <p className="note" data-tone={TONES[data]} role="status">
          {texts.match[data]}
        </p>
      )}
    </div>
  );
}

async function matchOf(subject: string, typed: readonly TypedIdentifier[]): Promise<Match> {
  const selectors = selectorsOf(typed);
  if (isFault(selectors)) return 'unknown';
  const { identifiers, tokens } = selectors;
  const resolve = (body: ResolveBody) => answerOf(api.POST('/v1/subjects/resolve', { body, headers: purposeHeader() }));
  const answers = await Promise.all([
    ...(identifiers ? [resolve({ identifiers })] : []),
    ...(tokens ? [resolve({ tokens })] : []),
  ]);
  if (answers.some(({ ambiguous }) => ambiguous.length > 0)) return 'ambiguous';
  const found = new Set(answers.flatMap(({ subjectId }) => subjectId ?? []));
  if (found.size === 0) return 'unknown';
  if (found.size > 1) return 'ambiguous';
  // Linked people have several numbers.
  const path = { subjectId: subject };
  const { members } = await answerOf(
    api.GET('/v1/subjects/{subjectId}', { params: { path }, headers: purposeHeader() }),
  );
  return [subject, ...members].some((member) => found.has(member)) ? 'same' : 'other';
}
