import type { ReactNode } from 'react';
import './fields.css';

/** Keys of a table of texts, as narrow as the table says. */
export const keysOf = <Table extends object>(table: Table) => Object.keys(table) as (keyof Table & string)[];

/** A choice among coded reasons, said in words. */
export function CodeSelect<Codes extends Readonly<Record<string, string>>>({
  label,
  codes,
  value,
  onChange,
  hint,
  without = [],
}: {
  label: string;
  codes: Codes;
  value: keyof Codes & string;
  onChange: (code: keyof Codes & string) => void;
  hint?: ReactNode;
  /** Codes that do not fit here. */
  without?: readonly (keyof Codes & string)[];
}) {
  const keys = keysOf(codes).filter((code) => !without.includes(code));
  return (
    <label className="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ target }) => {
          const code = keys[target.selectedIndex];
          if (code !== undefined) onChange(code);
        }}
      >
        {keys.map((code) => (
          <option key={code} value={code}>
            {codes[code]}
          </option>
        ))}
      </select>
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

/** One line that is kept in the audit log: no address in it, at most 200 characters, as the API bounds it. */
export function PlainTextField({
  label,
  value,
  onChange,
  hint,
  required = true,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  hint?: string;
  required?: boolean;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        required={required}
        maxLength={200}
        pattern="[^@]*\S[^@]*"
        title={hint}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
