import { Plus, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { newRequest } from '../texts/en-request-new.ts';
import { EMPTY_CORRECTION, type TypedCorrection } from './new-request-body.ts';
import { replaced } from './replaced.ts';

const texts = newRequest;

/** What is right, category by category. */
export function CorrectionRows({
  rows,
  onChange,
}: {
  rows: readonly TypedCorrection[];
  onChange: (rows: readonly TypedCorrection[]) => void;
}) {
  const hintId = useId();
  return (
    <fieldset className="typed-rows" aria-describedby={hintId}>
      <legend>{texts.corrections.title}</legend>
      <small id={hintId}>{texts.corrections.hint}</small>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <div key={i} className="typed-row">
          <input
            aria-label={texts.corrections.kind}
            placeholder={texts.corrections.kindHint}
            value={row.category}
            onChange={({ target }) => onChange(replaced(rows, i, { category: target.value }))}
          />
          <input
            className="value"
            aria-label={texts.corrections.value}
            placeholder={texts.corrections.value}
            value={row.value}
            autoComplete="off"
            maxLength={800}
            onChange={({ target }) => onChange(replaced(rows, i, { value: target.value }))}
          />
          {rows.length > 1 && (
            <button
              type="button"
              className="icon-button"
              aria-label={texts.corrections.remove(i + 1)}
              onClick={() => onChange(rows.filter((_, other) => other !== i))}
            >
              <Trash2 size={16} aria-hidden="true" />
            </button>
          )}
        </div>
      ))}
      <button type="button" className="button plain" onClick={() => onChange([...rows, EMPTY_CORRECTION])}>
        <Plus size={15} aria-hidden="true" />
        {texts.corrections.add}
      </button>
    </fieldset>
  );
}
