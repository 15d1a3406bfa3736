import type { FormEvent, ReactNode } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { texts as all } from '../texts/en.ts';
import { ProblemNote } from './problem-note.tsx';
import type { Request } from './request-queries.ts';

export interface StepProps {
  readonly request: Request;
  readonly onClose: () => void;
}

/** The frame of every step: what it does in words, its fields, why it was refused, and the button that does it. */
export function StepForm({
  title,
  lead,
  action,
  grave = false,
  isReady = true,
  step,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  lead: ReactNode;
  action: string;
  grave?: boolean;
  /** Nothing is missing that the step needs. */
  isReady?: boolean;
  step: { readonly error: unknown; readonly isPending: boolean };
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !step.isPending) onSubmit();
  };
  return (
    <Dialog open onClose={onClose} title={title} lead={<p className="soft">{lead}</p>}>
      <form onSubmit={submit}>
        {children}
        <ProblemNote error={step.error} />
        <footer>
          <button type="button" className="button plain" onClick={onClose}>
            {all.parts.cancel}
          </button>
          <button type="submit" className={grave ? 'button danger' : 'button'} disabled={!isReady || step.isPending}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
