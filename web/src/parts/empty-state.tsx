import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** Why a list is empty and what would fill it: never a bare "no data". @param children a way on, e.g. a button */
export function EmptyState({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="empty-state">
      <Icon size={26} aria-hidden="true" />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
