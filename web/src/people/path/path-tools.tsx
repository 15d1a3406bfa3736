import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { Expand, Group, Shrink, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { people } from '../../texts/en-people.ts';
import type { PersonSearch } from '../person-search.ts';
import { CONFIDENCES, type PathGraph, type PathNode } from './graph.ts';
import { NodeSearch } from './node-search.tsx';
import type { Narrowing } from './path-section.tsx';

const texts = people.path;

/** Above the path: as what and how finely it is shown, what of it, and the way out of it. */
export function PathTools({
  graph,
  groups,
  narrowing,
  search,
  isWide,
  centre,
  onNarrow,
  onNode,
  onWide,
  go,
  children,
}: {
  graph: PathGraph;
  groups: ReadonlyMap<string, number>;
  narrowing: Narrowing;
  search: PersonSearch;
  isWide: boolean;
  centre: PathNode | undefined;
  onNarrow: (change: Partial<Narrowing>) => void;
  onNode: (id: string) => void;
  onWide: () => void;
  go: (search: PersonSearch) => void;
  children: ReactNode;
}) {
  const { as: _as, ...asPicture } = search;
  const { view: _view, node: _node, from: _from, to: _to, ...asOfficer } = search;
  const isGrouped = narrowing.systems.size > 0;
  const Wide = isWide ? Shrink : Expand;
  return (
    <header className="path-tools">
      <Choice
        label={texts.as}
        options={{ picture: texts.picture, list: texts.list }}
        chosen={search.as ?? 'picture'}
        onChoose={(as) => go(as === 'list' ? { ...asPicture, as } : asPicture)}
      />
      <Choice
        label={texts.view}
        options={{ officer: texts.officer, full: texts.full }}
        chosen={search.view ?? 'officer'}
        onChoose={(view) => go(view === 'full' ? { ...asOfficer, view } : asOfficer)}
      />
      <NodeSearch graph={graph} onNode={onNode} />
      <label className="path-least">
        <span className="soft">{texts.least}</span>
        <select
          value={narrowing.least}
          onChange={({ target }) => onNarrow({ least: CONFIDENCES[target.selectedIndex] ?? 'possible' })}
        >
          {CONFIDENCES.map((confidence) => (
            <option key={confidence} value={confidence}>
              {confidence === 'possible' ? texts.leastAll : texts.confidences[confidence].name.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      {search.view === 'full' && groups.size > 0 && (
        <button
          type="button"
          className="button plain"
          aria-pressed={isGrouped}
          onClick={() => onNarrow({ systems: isGrouped ? new Set() : new Set(groups.keys()) })}
        >
          <Group size={15} aria-hidden="true" />
          {isGrouped ? texts.ungroup : texts.groupSystems}
        </button>
      )}
      {narrowing.depth !== null && centre !== undefined && (
        <button
          type="button"
          className="purpose-chip"
          title={texts.wholePath}
          onClick={() => onNarrow({ depth: null })}
        >
          {texts.centre(centre.label)} <X size={13} aria-hidden="true" />
          <span className="sr-only">{texts.wholePath}</span>
        </button>
      )}
      <span className="push" />
      {children}
      <button
        type="button"
        className="icon-button"
        title={isWide ? texts.shrink : texts.expand}
        aria-label={isWide ? texts.shrink : texts.expand}
        onClick={onWide}
      >
        <Wide size={16} aria-hidden="true" />
      </button>
    </header>
  );
}

function Choice<Id extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: Readonly<Record<Id, string>>;
  chosen: Id;
  onChoose: (id: Id) => void;
}) {
  return (
    <ToggleGroup
      className="choice"
      aria-label={label}
      value={[chosen]}
      onValueChange={([id]: Id[]) => id !== undefined && onChoose(id)}
    >
      {(Object.keys(options) as Id[]).map((id) => (
        <Toggle key={id} value={id} className="choice-part">
          {options[id]}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
