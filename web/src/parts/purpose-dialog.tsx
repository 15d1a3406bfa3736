import { useRouter } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { fitsHeader, namesSomebody, setPurpose, usePurpose } from '../app/purpose.ts';
import { people } from '../texts/en-people.ts';
import { Dialog } from './dialog.tsx';
import './purpose-dialog.css';

const texts = people.purpose;

/** Shows its children once somebody said why they look at people, and asks before. Whoever does not say goes back. */
export function WithPurpose({ children }: { children: ReactNode }) {
  const purpose = usePurpose();
  const { history } = useRouter();
  return purpose === null ? <PurposeDialog onClose={() => history.back()} /> : children;
}

/** Why the present looks are made, with a way to say otherwise. */
export function PurposeChip() {
  const purpose = usePurpose();
  const [asking, setAsking] = useState(false);
  if (purpose === null) return null;
  return (
    <>
      <button type="button" className="purpose-chip" onClick={() => setAsking(true)} title={texts.change}>
        <span className="soft">{texts.chip}</span> {purpose}
      </button>
      {asking && <PurposeDialog onClose={() => setAsking(false)} />}
    </>
  );
}

/** Asks why people are looked at, or lets it be said otherwise. */
export function PurposeDialog({ onClose }: { onClose: () => void }) {
  const known = usePurpose();
  const [text, setText] = useState(known ?? '');
  const [wrong, setWrong] = useState<string | null>(null);
  const noteId = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (namesSomebody(text)) return setWrong(texts.named);
    if (!fitsHeader(text)) return setWrong(texts.tooLong);
    setPurpose(text);
    if (known !== null) onClose();
  };
  return (
    <Dialog open onClose={onClose} title={texts.title} lead={<p className="soft">{texts.lead}</p>}>
      <form onSubmit={submit}>
        <label className="field">
          <span>{texts.label}</span>
          <input
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setWrong(null);
            }}
            required
            pattern=".*\S.*"
            maxLength={200}
            autoComplete="off"
            placeholder={texts.placeholder}
            aria-invalid={wrong !== null}
            aria-describedby={noteId}
          />
        </label>
        <p id={noteId} className="purpose-note" data-wrong={wrong !== null} role={wrong === null ? undefined : 'alert'}>
          {wrong ?? texts.hint}
        </p>
        <fieldset className="purpose-usual">
          <legend className="sr-only">{texts.usual}</legend>
          {texts.examples.map((example) => (
            <button key={example} type="button" className="purpose-chip" onClick={() => setText(`${example} `)}>
              {example}
            </button>
          ))}
        </fieldset>
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" className="button">
            {texts.go}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
