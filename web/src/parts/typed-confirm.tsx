import { type FormEvent, type ReactNode, useState } from 'react';
import { texts } from '../texts/en.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';

/**
 * For what cannot be taken back: the button works once the phrase was typed. Not a password; a pause that a habit of
 * clicking does not get past.
 *
 * @param phrase shown, and typed by the reader; no name or identifier of a person
 * @param error of the last attempt, shown in the dialog
 */
export function TypedConfirm({
  open,
  onClose,
  title,
  lead,
  phrase,
  action,
  onConfirm,
  isPending,
  error = null,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  lead: ReactNode;
  phrase: string;
  action: string;
  onConfirm: () => void;
  isPending: boolean;
  error?: unknown;
  children?: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === phrase && !isPending) onConfirm();
  };
  return (
    <Dialog open={open} onClose={close} title={title} lead={lead}>
      <form onSubmit={submit}>
        {children}
        <label className="field">
          <span>
            {texts.parts.typeToConfirm} <code className="phrase">{phrase}</code>
          </span>
          <input
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        </label>
        {error !== null && error !== undefined && <Failure error={error} />}
        <footer>
          <button type="button" className="button plain" onClick={close}>
            {texts.parts.cancel}
          </button>
          <button type="submit" className="button danger" disabled={typed.trim() !== phrase || isPending}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
