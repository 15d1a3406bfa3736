import { requestSteps } from '../texts/en-request-steps.ts';
import { keysOf } from './fields.tsx';

const { levels, tooLow } = requestSteps.identity;
export type AssuranceLevel = keyof typeof levels;

/** How sure something makes us whom we answer. @param least what the tenant's rules ask for; levels below say so */
export function AssuranceChoice({
  label,
  value,
  least,
  onChange,
}: {
  label: string;
  value: AssuranceLevel;
  least?: AssuranceLevel;
  onChange: (level: AssuranceLevel) => void;
}) {
  const all = keysOf(levels);
  const isTooLow = least !== undefined && all.indexOf(value) < all.indexOf(least);
  return (
    <>
      <fieldset className="choice-row">
        <legend>{label}</legend>
        {all.map((level) => (
          <label key={level}>
            <input type="radio" name="assurance" checked={value === level} onChange={() => onChange(level)} />
            {levels[level]}
          </label>
        ))}
      </fieldset>
      {isTooLow && (
        <p className="note" data-tone="warn" role="status">
          {tooLow(levels[least].toLowerCase())}
        </p>
      )}
    </>
  );
}
