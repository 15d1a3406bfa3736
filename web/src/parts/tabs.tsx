import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

/** Views of one thing. The open one belongs into the address, so it is told, not kept. */
export function Tabs<Id extends string>({
  label,
  tabs,
  open,
  onOpen,
}: {
  label: string;
  tabs: readonly Tab<Id>[];
  open: Id;
  onOpen: (id: Id) => void;
}) {
  return (
    <Base.Root className="tabs" value={open} onValueChange={(id: Id) => onOpen(id)}>
      <Base.List className="tab-list" aria-label={label}>
        {tabs.map(({ id, label }) => (
          <Base.Tab key={id} value={id} className="tab">
            {label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(({ id, content }) => (
        <Base.Panel key={id} value={id} className="tab-panel">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
