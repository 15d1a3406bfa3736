import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { governance } from '../../texts/en-governance.ts';
import { nameOf } from '../parts/node-kind.tsx';
import { peopleText, timesText } from '../parts/people-count.ts';
import { type Cell, HEATS, heatOf, type Matrix, moved } from './matrix.ts';
import { shortNames } from './short-names.ts';
import './agent-matrix.css';

const texts = governance.agents;

/**
 * Who gives what to whom, as colours with numbers in them. One cell is in the tab order; arrow keys, Home and End walk
 * the rest, and Enter opens what is behind a cell (ARIA grid pattern).
 */
export function AgentMatrix({
  matrix,
  open,
  onOpen,
}: {
  matrix: Matrix;
  open: Cell | undefined;
  onOpen: (cell: Cell) => void;
}) {
  const { agents, cell, peopleMax } = matrix;
  const [at, setAt] = useState({ row: 0, column: 0 });
  const grid = useRef<HTMLTableElement>(null);
  const short = useMemo(() => shortNames(agents.map(nameOf)), [agents]);
  const walk = (event: KeyboardEvent) => {
    const next = moved(at, event.key, agents.length);
    if (next === null) return;
    event.preventDefault();
    setAt(next);
    grid.current?.querySelector<HTMLElement>(`[data-at="${next.row}/${next.column}"]`)?.focus();
  };
  return (
    <div className="card matrix scroll-x">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is walked is a grid (ARIA) */}
      <table ref={grid} role="grid" aria-label={texts.matrix} onKeyDown={walk}>
        <thead>
          <tr>
            <th scope="col" className="matrix-corner">
              <span className="faint">{texts.corner}</span>
            </th>
            {agents.map((agent) => (
              <th key={agent} scope="col" className="matrix-column" title={agent}>
                <span>{short.get(nameOf(agent))}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {agents.map((from, row) => (
            <tr key={from}>
              <th scope="row" title={from}>
                {nameOf(from)}
              </th>
              {agents.map((to, column) => {
                const found = cell(from, to);
                const place = {
                  'data-at': `${row}/${column}`,
                  tabIndex: at.row === row && at.column === column ? 0 : -1,
                };
                const isOpen = found !== undefined && open?.from === from && open.to === to;
                return found === undefined ? (
                  <td
                    key={to}
                    {...place}
                    data-self={from === to}
                    aria-label={texts.none(nameOf(from), nameOf(to))}
                    onFocus={() => setAt({ row, column })}
                  />
                ) : (
                  <td key={to} data-open={isOpen}>
                    <button
                      type="button"
                      aria-pressed={isOpen}
                      {...place}
                      data-heat={found.people === null ? 0 : heatOf(found.people.count, peopleMax)}
                      aria-label={texts.cell(nameOf(from), nameOf(to), peopleText(found.people), timesText(found))}
                      onFocus={() => setAt({ row, column })}
                      onClick={() => onOpen(found)}
                    >
                      {found.people === null ? '◦' : peopleText(found.people)}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="matrix-legend soft">
        {texts.fewer}
        {HEATS.map((heat) => (
          <span key={heat} data-heat={heat} />
        ))}
        {texts.more} · {texts.unknown}
      </p>
    </div>
  );
}
