import { Search } from 'lucide-react';
import { useState } from 'react';
import { people } from '../../texts/en-people.ts';
import type { PathGraph } from './graph.ts';
import { searchNodes } from './narrow.ts';

const texts = people.path;
const FOUND_MAX = 8;

/** Finds a box by name; Enter takes the first. Names of places only: no person can be found here. */
export function NodeSearch({ graph, onNode }: { graph: PathGraph; onNode: (id: string) => void }) {
  const [text, setText] = useState('');
  const found = text.trim() === '' ? [] : searchNodes(graph, text, FOUND_MAX);
  const take = (id: string | undefined) => {
    if (id === undefined) return;
    setText('');
    onNode(id);
  };
  return (
    <search className="node-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          take(found[0]?.id);
        }}
      >
        <Search size={14} aria-hidden="true" />
        <input
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={({ key }) => key === 'Escape' && setText('')}
          aria-label={texts.search}
          placeholder={texts.searchHint}
          autoComplete="off"
        />
      </form>
      {text.trim() !== '' && (
        <ul aria-label={texts.search}>
          {found.map(({ id, label, detail, kind }) => (
            <li key={id}>
              <button type="button" onClick={() => take(id)}>
                <strong>{label}</strong>
                <span className="faint">{[texts.kinds[kind], detail].filter(Boolean).join(' · ')}</span>
              </button>
            </li>
          ))}
          {found.length === 0 && <li className="faint none">{texts.noneFound}</li>}
        </ul>
      )}
    </search>
  );
}
