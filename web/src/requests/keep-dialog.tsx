import { useState } from 'react';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requestWork } from '../texts/en-request-work.ts';
import { CodeSelect, PlainTextField } from './fields.tsx';
import type { NewExemption } from './kept-parts.tsx';
import { todayAt } from './list-search.ts';
import { listOf } from './new-request-body.ts';
import { shortNode } from './node-name.tsx';
import type { Plan } from './request-queries.ts';
import { StepForm } from './step-form.tsx';

const texts = requestWork.plan.keep;
const CATEGORY = /^[a-z0-9_]+(\.[a-z0-9_]+){0,9}$/;

/** One exemption: which place, which part of it, under which reason, resting on what, to be looked at again when. */
export function KeepDialog({
  plan,
  step,
  onKeep,
  onClose,
}: {
  plan: Plan;
  step: { readonly error: unknown; readonly isPending: boolean };
  onKeep: (exemption: NewExemption) => void;
  onClose: () => void;
}) {
  const places = plan.targets.filter(({ origin }) => origin !== 'own').map(({ node }) => node);
  const [node, setNode] = useState(places[0] ?? '');
  const [typed, setTyped] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [code, setCode] = useState<NewExemption['code']>('eu-gdpr:JustificationA17LegallyRequired');
  const [basis, setBasis] = useState('');
  const [reviewAt, setReviewAt] = useState('');
  const categories = listOf(typed);
  const isBad = categories.some((category) => !CATEGORY.test(category));
  return (
    <StepForm
      title={texts.dialog}
      lead={texts.dialogLead}
      action={texts.submit}
      isReady={node !== '' && !isBad}
      step={step}
      onSubmit={() =>
        onKeep({ node, categories, from: from || null, to: to || null, code, basis: basis.trim(), reviewAt })
      }
      onClose={onClose}
    >
      <label className="field">
        <span>{texts.place}</span>
        <select value={node} onChange={({ target }) => setNode(places[target.selectedIndex] ?? '')}>
          {places.map((place) => (
            <option key={place} value={place}>
              {shortNode(place)}
            </option>
          ))}
        </select>
      </label>
      <CodeSelect label={requestSteps.exempt.code} codes={requestSteps.exempt.codes} value={code} onChange={setCode} />
      <PlainTextField
        label={requestSteps.exempt.basis}
        hint={requestSteps.exempt.basisHint}
        value={basis}
        onChange={setBasis}
      />
      <label className="field">
        <span>{texts.categories}</span>
        <input value={typed} aria-invalid={isBad} onChange={({ target }) => setTyped(target.value)} />
        <small>{isBad ? texts.badCategory : texts.categoriesHint}</small>
      </label>
      <div className="form-row">
        <DayField label={texts.from} value={from} onChange={setFrom} />
        <DayField label={texts.to} value={to} onChange={setTo} />
      </div>
      <small>{texts.timeHint}</small>
      <DayField
        label={requestSteps.exempt.reviewAt}
        value={reviewAt}
        onChange={setReviewAt}
        min={todayAt(new Date())}
        required
      />
    </StepForm>
  );
}

function DayField({
  label,
  value,
  onChange,
  min,
  required = false,
}: {
  label: string;
  value: string;
  onChange: (day: string) => void;
  min?: string;
  required?: boolean;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        type="date"
        value={value}
        required={required}
        {...(min !== undefined && { min })}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}
