import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { governance } from '../../texts/en-governance.ts';
import { filterOptions } from '../map/map-filter.ts';
import { mapQuery } from '../map/map-query.ts';
import { daysOf, type WindowSearch } from '../parts/window-search.ts';
import { bodyOf, type ExposureBody, type ExposureForm as Form, localTime } from './question.ts';

const texts = governance.exposure;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MAP_DAYS = 90;

/** What happened, where and when. Places come from the map; whoever knows better types a node id, or one ending in `*`. */
export function ExposureForm({
  search,
  isPending,
  onAsk,
}: {
  search: WindowSearch & { readonly node?: string };
  isPending: boolean;
  onAsk: (body: ExposureBody) => void;
}) {
  const { data: map } = useQuery(mapQuery(MAP_DAYS, 'full'));
  const listId = useId();
  const [isWrong, setWrong] = useState(false);
  const [form, setForm] = useState<Form>(() => ({
    about: 'node',
    node: search.node ?? '',
    from: '',
    to: '',
    party: '',
    start: localTime(Date.now() - daysOf(search) * DAY_MS),
    // The field has no seconds: cut to the minute, the last of them would be left out of a question about just now.
    end: localTime(Date.now() + MINUTE_MS),
    category: '',
    includeDownstream: true,
  }));
  const set = (change: Partial<Form>) => {
    setWrong(false);
    setForm({ ...form, ...change });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = bodyOf(form);
    if (body === null) setWrong(true);
    else onAsk(body);
  };
  const options = map && filterOptions(map);
  const place = (field: 'node' | 'from' | 'to', label: string) => (
    <label className="field">
      <span>{label}</span>
      <input
        value={form[field]}
        onChange={({ target }) => set({ [field]: target.value.trim() })}
        list={listId}
        required
        maxLength={512}
        autoComplete="off"
        spellCheck={false}
        placeholder="store:postgres://…"
      />
    </label>
  );
  return (
    <form className="card exposure-form" onSubmit={submit}>
      <datalist id={listId}>
        {(map?.nodes ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
      <fieldset className="segments">
        <legend className="sr-only">{texts.about.label}</legend>
        {(['node', 'edge', 'party'] as const).map((about) => (
          <label key={about}>
            <input type="radio" name="about" checked={form.about === about} onChange={() => set({ about })} />
            <span>{texts.about[about]}</span>
          </label>
        ))}
      </fieldset>
      <div className="form-grid">
        {form.about === 'node' && place('node', texts.place)}
        {form.about === 'edge' && place('from', texts.from)}
        {form.about === 'edge' && place('to', texts.to)}
        {form.about === 'party' && (
          <label className="field">
            <span>{texts.party}</span>
            <select value={form.party} onChange={({ target }) => set({ party: target.value })} required>
              <option value="">{texts.choose}</option>
              {(options?.parties ?? []).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>{texts.start}</span>
          <input
            type="datetime-local"
            value={form.start}
            onChange={({ target }) => set({ start: target.value })}
            required
          />
        </label>
        <label className="field">
          <span>{texts.end}</span>
          <input
            type="datetime-local"
            value={form.end}
            onChange={({ target }) => set({ end: target.value })}
            required
          />
        </label>
        <label className="field">
          <span>{texts.category}</span>
          <select value={form.category} onChange={({ target }) => set({ category: target.value })}>
            <option value="">{governance.all}</option>
            {(options?.categories ?? []).map((category) => (
              <option key={category}>{category}</option>
            ))}
          </select>
        </label>
      </div>
      <div className="toolbar">
        <label className="check">
          <input
            type="checkbox"
            checked={form.includeDownstream}
            onChange={({ target }) => set({ includeDownstream: target.checked })}
          />
          <span>{texts.downstream}</span>
        </label>
        <span className="faint">{texts.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)}</span>
        <button type="submit" className="button push" disabled={isPending}>
          {isPending ? texts.asking : texts.ask}
        </button>
      </div>
      {isWrong && (
        <p className="wrong" role="alert">
          {texts.wrong}
        </p>
      )}
    </form>
  );
}
