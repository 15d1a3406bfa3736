import { useQuery } from '@tanstack/react-query';
import { DEFAULT_IDENTITY_POLICY, PROOF_BYTES_MAX, PROOF_MEDIA_TYPES } from '@vestige/core/request/identity-policy';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { identityProofs } from '../texts/en-identity-proofs.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { AssuranceChoice } from './assurance-choice.tsx';
import { CodeSelect } from './fields.tsx';
import { type IdentityProof, identityPolicyQuery, type Request } from './request-queries.ts';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = identityProofs.dialog;
const MB_MAX = PROOF_BYTES_MAX / 1024 / 1024;

/** One thing the person showed, as a file or in words, of the kinds that the tenant's rules take. */
export function AddProofDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const { data: policy = DEFAULT_IDENTITY_POLICY } = useQuery(identityPolicyQuery);
  const [chosen, setChosen] = useState<IdentityProof['kind'] | null>(null);
  const [assurance, setAssurance] = useState<IdentityProof['assurance']>('substantial');
  const [isFile, setIsFile] = useState(false);
  const [words, setWords] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const kinds = Object.fromEntries(policy.proofKinds.map((kind) => [kind, identityProofs.kinds[kind]]));
  const kind = policy.proofKinds.find((each) => each === chosen) ?? policy.proofKinds[0];
  const content = isFile ? file : words.trim() === '' ? null : new Blob([words], { type: 'text/plain' });
  const fault = isFile && file !== null ? faultOf(file) : null;
  const step = useStep(
    ({ content, kind }: { content: Blob; kind: IdentityProof['kind'] }) =>
      answerOf(
        api.POST('/v1/requests/{id}/identity-proofs', {
          params: { path: { id: request.id }, query: { kind, assurance } },
          // The document knows bytes as strings; a browser sends a blob as it is.
          body: content as unknown as string,
          bodySerializer: (body: unknown) => body as Blob,
          headers: { 'content-type': mediaTypeOf(content) },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead(policy.proofDays)}
      action={texts.submit}
      isReady={content !== null && fault === null && kind !== undefined}
      step={step}
      onSubmit={() => content !== null && kind !== undefined && step.mutate({ content, kind })}
      onClose={onClose}
    >
      {kind !== undefined && (
        <CodeSelect
          label={texts.kind}
          codes={kinds}
          value={kind}
          hint={texts.kindHint}
          onChange={(code) => setChosen(policy.proofKinds.find((each) => each === code) ?? null)}
        />
      )}
      <AssuranceChoice label={requestSteps.identity.assurance} value={assurance} onChange={setAssurance} />
      <fieldset className="choice-row">
        <legend>{texts.as}</legend>
        <label>
          <input type="radio" name="form" checked={!isFile} onChange={() => setIsFile(false)} />
          {texts.forms.words}
        </label>
        <label>
          <input type="radio" name="form" checked={isFile} onChange={() => setIsFile(true)} />
          {texts.forms.file}
        </label>
      </fieldset>
      {isFile ? (
        <label className="field">
          <span>{texts.file}</span>
          <input
            type="file"
            required
            accept={PROOF_MEDIA_TYPES.join(',')}
            aria-invalid={fault !== null}
            onChange={({ target }) => setFile(target.files?.[0] ?? null)}
          />
          <small>{fault ?? texts.fileHint(MB_MAX)}</small>
        </label>
      ) : (
        <label className="field">
          <span>{texts.words}</span>
          <textarea rows={4} required value={words} onChange={({ target }) => setWords(target.value)} />
          <small>{texts.wordsHint}</small>
        </label>
      )}
    </StepForm>
  );
}

/** Without its parameters, as the API lists them. */
const mediaTypeOf = ({ type }: Blob): string => type.split(';')[0] ?? '';

function faultOf(file: File): string | null {
  if (file.size > PROOF_BYTES_MAX) return texts.tooLarge(MB_MAX);
  return PROOF_MEDIA_TYPES.some((type) => type === mediaTypeOf(file)) ? null : texts.wrongType;
}
