import { governance } from '../../texts/en-governance.ts';

/** One filter of a list: empty is everything. The chosen value belongs into the address. */
export function FilterSelect({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: readonly { readonly value: string; readonly text: string }[];
  onChange: (value: string | undefined) => void;
}) {
  // What an old link asks for may be gone; it is still what is asked.
  const isKnown = value === undefined || options.some((option) => option.value === value);
  return (
    <label className="chip-select" data-active={value !== undefined}>
      <span>{label}</span>
      <select value={value ?? ''} onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}>
        <option value="">{governance.all}</option>
        {!isKnown && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}
