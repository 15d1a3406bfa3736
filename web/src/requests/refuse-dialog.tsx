import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { PlainTextField } from './fields.tsx';
import {
  EXEMPTION_CODES,
  gapsOf,
  needsEvidence,
  needsSecondPerson,
  PERSON_CODES,
  type RefusalCode,
  type TypedRefusal,
} from './refusal-rules.ts';
import { StepForm, type StepProps } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.refuse;

/** A refusal with everything Art. 12(4) owes the person; without it there is no button that works. */
export function RefuseDialog({ request, isSecondPerson, onClose }: StepProps & { isSecondPerson: boolean }) {
  const [typed, setTyped] = useState<TypedRefusal>({
    code: '',
    complaintAuthority: '',
    isCourtTold: false,
    evidence: '',
  });
  const change = (part: Partial<TypedRefusal>) => setTyped((before) => ({ ...before, ...part }));
  const { code, complaintAuthority, evidence } = typed;
  const step = useStep(
    (chosen: RefusalCode) =>
      answerOf(
        api.POST('/v1/requests/{id}/refuse', {
          params: { path: { id: request.id } },
          body: {
            code: chosen,
            complaintAuthority: complaintAuthority.trim(),
            judicialRemedyTold: true,
            ...(evidence.trim() !== '' && { evidence: evidence.trim() }),
          },
        }),
      ),
    onClose,
  );
  const gaps = gapsOf(typed, isSecondPerson);
  const codes = request.type === 'erasure' ? [...PERSON_CODES, ...EXEMPTION_CODES] : PERSON_CODES;
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead}
      action={texts.submit}
      grave
      isReady={gaps.length === 0}
      step={step}
      onSubmit={() => code !== '' && step.mutate(code)}
      onClose={onClose}
    >
      <label className="field">
        <span>{texts.code}</span>
        <select
          required
          value={code}
          onChange={({ target }) => change({ code: codes.find((each) => each === target.value) ?? '' })}
        >
          <option value="">{texts.choose}</option>
          <optgroup label={texts.groups.person}>
            {PERSON_CODES.map((each) => (
              <option key={each} value={each}>
                {texts.codes[each]}
              </option>
            ))}
          </optgroup>
          {request.type === 'erasure' && (
            <optgroup label={texts.groups.exemption}>
              {EXEMPTION_CODES.map((each) => (
                <option key={each} value={each}>
                  {texts.codes[each]}
                </option>
              ))}
            </optgroup>
          )}
        </select>
        {request.type === 'erasure' && <small>{texts.partly}</small>}
      </label>
      {code !== '' && needsSecondPerson(code) && !isSecondPerson && (
        <p className="note" data-tone="warn">
          {texts.secondPerson}
        </p>
      )}
      <PlainTextField
        label={texts.evidence}
        hint={code !== '' && needsEvidence(code) ? texts.evidenceHint : texts.evidenceOptional}
        required={code !== '' && needsEvidence(code)}
        value={evidence}
        onChange={(text) => change({ evidence: text })}
      />
      <PlainTextField
        label={texts.authority}
        hint={texts.authorityHint}
        value={complaintAuthority}
        onChange={(text) => change({ complaintAuthority: text })}
      />
      <label className="confirm-line">
        <input
          type="checkbox"
          required
          checked={typed.isCourtTold}
          onChange={({ target }) => change({ isCourtTold: target.checked })}
        />
        {texts.court}
      </label>
    </StepForm>
  );
}
