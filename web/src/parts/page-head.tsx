import { type ReactNode, useEffect } from 'react';
import { texts } from '../texts/en.ts';

/**
 * The heading of a screen, and the title of its tab. Moving to another screen puts focus on it (app/arrive.ts).
 *
 * @param title names no person: titles stay in the browser's history
 * @param children actions on the right
 */
export function PageHead({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p className="soft lead">{lead}</p>}
      </div>
      {children !== undefined && <div className="actions">{children}</div>}
    </header>
  );
}
