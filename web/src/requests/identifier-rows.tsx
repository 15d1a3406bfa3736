import { Plus, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { newRequest } from '../texts/en-request-new.ts';
import { EMPTY_IDENTIFIER, IDENTIFIER_KINDS, type TypedIdentifier } from './new-request-body.ts';
import { replaced } from './replaced.ts';

const texts = newRequest;

/** Identifiers of a person, row by row. What is typed stands in the form's memory alone. */
export function IdentifierRows({
  rows,
  onChange,
}: {
  rows: readonly TypedIdentifier[];
  onChange: (rows: readonly TypedIdentifier[]) => void;
}) {
  const hintId = useId();
  return (
    <fieldset className="typed-rows" aria-describedby={hintId}>
      <legend>{texts.identifiers.title}</legend>
      <small id={hintId}>{texts.identifiers.hint}</small>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <div key={i} className="typed-row">
          <select
            aria-label={texts.identifiers.kind}
            value={row.kind}
            onChange={({ target }) =>
              onChange(replaced(rows, i, { kind: IDENTIFIER_KINDS[target.selectedIndex] ?? 'email' }))
            }
          >
            {IDENTIFIER_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {texts.identifiers.kinds[kind]}
              </option>
            ))}
          </select>
          {row.kind === 'other' && (
            <input
              aria-label={texts.identifiers.otherKind}
              title={texts.identifiers.otherHint}
              placeholder={texts.identifiers.otherKind}
              value={row.otherKind}
              onChange={({ target }) => onChange(replaced(rows, i, { otherKind: target.value }))}
            />
          )}
          <input
            className="value"
            aria-label={texts.identifiers.value}
            value={row.value}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            maxLength={512}
            onChange={({ target }) => onChange(replaced(rows, i, { value: target.value }))}
          />
          {rows.length > 1 && (
            <button
              type="button"
              className="icon-button"
              aria-label={texts.identifiers.remove(i + 1)}
              onClick={() => onChange(rows.filter((_, other) => other !== i))}
            >
              <Trash2 size={16} aria-hidden="true" />
            </button>
          )}
        </div>
      ))}
      <button type="button" className="button plain" onClick={() => onChange([...rows, EMPTY_IDENTIFIER])}>
        <Plus size={15} aria-hidden="true" />
        {texts.identifiers.add}
      </button>
    </fieldset>
  );
}
