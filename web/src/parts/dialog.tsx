import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { texts } from '../texts/en.ts';
import './dialog.css';

const ASKING = 'form input:not([type="hidden"]), form select, form textarea, footer button';

/**
 * A question over the page: focus stays in it, Escape closes it, and focus goes back to what opened it.
 *
 * @param children the form or the text; buttons stand in a `<footer>` at its end, the one that acts last
 */
export function Dialog({
  open,
  onClose,
  title,
  lead,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}) {
  const popup = useRef<HTMLDivElement>(null);
  // What it asks for, not the way out of it, which stands first.
  const firstAsked = () => popup.current?.querySelector<HTMLElement>(ASKING) ?? true;
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Popup ref={popup} className="dialog" initialFocus={firstAsked}>
          <header>
            <Base.Title>{title}</Base.Title>
            <Base.Close className="icon-button" aria-label={texts.parts.close}>
              <X size={18} aria-hidden="true" />
            </Base.Close>
          </header>
          {lead !== undefined && <Base.Description render={<div />}>{lead}</Base.Description>}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
