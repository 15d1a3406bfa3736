import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { texts } from '../../texts/en.ts';
import './drawer.css';

/**
 * Details of one row beside the list, which stays in reach: it covers nothing but the right edge, Escape closes it and
 * focus goes back to what opened it.
 */
export function Drawer({
  open,
  onClose,
  title,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
}) {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()} modal={false} disablePointerDismissal>
      <Base.Portal>
        <Base.Popup className="drawer">
          <header>
            <Base.Title>{title}</Base.Title>
            <Base.Close className="icon-button" aria-label={texts.parts.close}>
              <X size={18} aria-hidden="true" />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
