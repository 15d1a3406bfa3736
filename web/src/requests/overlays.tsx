import { Hand, OctagonPause, Pause, TimerOff } from 'lucide-react';
import { dayText } from '../parts/date-time.tsx';
import { requestPage } from '../texts/en-request-page.ts';
import type { Request } from './request-queries.ts';

import './note.css';

const texts = requestPage.detail.overlays;

/** What lies over a request's state and keeps it from going on. */
export function overlaysOf({ overlays }: Pick<Request, 'overlays'>) {
  const { paused, legalHold, suspended, workPaused } = overlays;
  return [
    ...(legalHold ? [{ id: 'hold', icon: Hand, says: texts.hold(legalHold.matter) }] : []),
    ...(workPaused ? [{ id: 'work', icon: OctagonPause, says: texts.workPaused(workPaused.reason) }] : []),
    ...(suspended ? [{ id: 'suspended', icon: TimerOff, says: texts.suspended }] : []),
    ...(paused ? [{ id: 'paused', icon: Pause, says: texts.paused[paused] }] : []),
  ];
}

/** As small signs beside the state. */
export function Overlays({ request }: { request: Pick<Request, 'overlays'> }) {
  return (
    <span className="overlay-signs">
      {overlaysOf(request).map(({ id, icon: Icon, says }) => (
        <span key={id} className="overlay-sign" title={says}>
          <Icon size={14} aria-hidden="true" />
          <span className="sr-only">{says}</span>
        </span>
      ))}
    </span>
  );
}

/** As sentences over the page. */
export function OverlayNotes({ request }: { request: Request }) {
  const notes = overlaysOf(request).filter(({ id }) => id !== 'paused');
  if (notes.length === 0) return null;
  return (
    <div className="notes">
      {notes.map(({ id, icon: Icon, says }) => (
        <p key={id} className="note" data-tone="warn">
          <Icon size={16} aria-hidden="true" />
          <span>
            {says}
            {id === 'hold' && request.overlays.legalHold && (
              <span className="soft"> {texts.holdReview(dayText(request.overlays.legalHold.reviewAt))}</span>
            )}
          </span>
        </p>
      ))}
    </div>
  );
}
