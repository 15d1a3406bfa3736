import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { requestSteps } from '../../texts/en-request-steps.ts';
import { standing } from '../../texts/en-standing.ts';
import { keysOf, PlainTextField } from '../fields.tsx';
import { IdentifierRows } from '../identifier-rows.tsx';
import { todayAt } from '../list-search.ts';
import { EMPTY_IDENTIFIER, type TypedIdentifier } from '../new-request-body.ts';
import { StepForm } from '../step-form.tsx';
import { useStep } from '../use-step.ts';
import { type HoldScope, isComplete, scopeOf } from './hold-scope.ts';

const texts = standing.holds.dialog;
const words = requestSteps.hold;

/** A hold on places, on a person, or on everything. Identifiers go into one body and are kept nowhere. */
export function PlaceHoldDialog({ onClose }: { onClose: () => void }) {
  const [matter, setMatter] = useState('');
  const [reviewAt, setReviewAt] = useState('');
  const [scope, setScope] = useState<HoldScope>('places');
  const [places, setPlaces] = useState('');
  const [rows, setRows] = useState<readonly TypedIdentifier[]>([EMPTY_IDENTIFIER]);
  const typed = { scope, places, rows };
  const step = useStep(
    () => answerOf(api.POST('/v1/holds', { body: { matter: matter.trim(), reviewAt, ...scopeOf(typed) } })),
    onClose,
  );
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead}
      action={texts.submit}
      isReady={isComplete(typed)}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <PlainTextField label={words.matter} hint={words.matterHint} value={matter} onChange={setMatter} />
      <label className="field">
        <span>{words.reviewAt}</span>
        <input
          type="date"
          required
          min={todayAt(new Date())}
          value={reviewAt}
          onChange={({ target }) => setReviewAt(target.value)}
        />
        <small>{words.reviewHint}</small>
      </label>
      <fieldset className="scope-choice">
        <legend>{texts.scope}</legend>
        {keysOf(texts.scopes).map((each) => (
          <label key={each}>
            <input type="radio" name="scope" checked={scope === each} onChange={() => setScope(each)} />
            <span>
              {texts.scopes[each]}
              <span className="soft">{texts.scopeLeads[each]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {scope === 'places' && (
        <label className="field">
          <span>{texts.nodes}</span>
          <textarea
            className="mono"
            rows={3}
            required
            spellCheck={false}
            value={places}
            onChange={({ target }) => setPlaces(target.value)}
          />
          <small>{texts.nodesHint}</small>
        </label>
      )}
      {scope === 'person' && <IdentifierRows rows={rows} onChange={setRows} />}
    </StepForm>
  );
}
