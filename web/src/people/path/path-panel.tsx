import { ArrowLeft, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { people } from '../../texts/en-people.ts';
import { Words } from '../person-facts.tsx';
import { EvidenceOf } from './evidence-of.tsx';
import { edgeId, type Lineage, type PathEdge, type PathGraph, type PathNode } from './graph.ts';
import { systemOf } from './narrow.ts';
import { countryName, labelOfId } from './node-label.ts';
import type { Narrowing } from './path-section.tsx';
import { Sure } from './sure.tsx';

const texts = people.path;
const LINES_MAX = 60;
const DEPTHS = [1, 2, 3, 5] as const;

/** What was chosen in the path: a box with what came in and went out, or a line with its evidence. */
export function PathPanel({
  subjectId,
  answer,
  graph,
  node,
  edge,
  narrowing,
  groupable,
  onNarrow,
  onNode,
  onEdge,
  onBack,
  onClose,
}: {
  subjectId: string;
  answer: Lineage;
  graph: PathGraph;
  node: PathNode | undefined;
  edge: { readonly from: string; readonly to: string } | undefined;
  narrowing: Narrowing;
  groupable: boolean;
  onNarrow: (change: Partial<Narrowing>) => void;
  onNode: (id: string) => void;
  onEdge: (from: string, to: string) => void;
  onBack: () => void;
  onClose: () => void;
}) {
  const heading = useFocusWhileOpen();
  const line = edge && graph.edges.find(({ id }) => id === edgeId(edge.from, edge.to));
  const labelOf = (id: string) => graph.nodes.find((each) => each.id === id)?.label ?? labelOfId(id);
  return (
    <aside className="path-panel" aria-label={edge === undefined ? node?.label : people.evidence.title}>
      <header>
        {edge !== undefined && node !== undefined && (
          <button type="button" className="icon-button" aria-label={node.label} title={node.label} onClick={onBack}>
            <ArrowLeft size={16} aria-hidden="true" />
          </button>
        )}
        <h2 ref={heading} tabIndex={-1}>
          {edge === undefined ? (
            node?.label
          ) : (
            <>
              {labelOf(edge.from)} <span className="soft">{people.evidence.to}</span> {labelOf(edge.to)}
            </>
          )}
        </h2>
        <button type="button" className="icon-button" aria-label={texts.close} title={texts.close} onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </button>
      </header>
      {edge === undefined ? (
        node && (
          <NodeDetails
            graph={graph}
            node={node}
            narrowing={narrowing}
            groupable={groupable}
            onNarrow={onNarrow}
            onNode={onNode}
            onEdge={onEdge}
          />
        )
      ) : line !== undefined && line.parts.length > 1 ? (
        <Parts line={line} onEdge={onEdge} />
      ) : (
        <EvidenceOf
          key={edgeId(edge.from, edge.to)}
          subjectId={subjectId}
          answer={answer}
          {...(line?.parts[0] ?? edge)}
        />
      )}
    </aside>
  );
}

/** Whoever opened it by a button is led in, and back when it closes; whoever came by its address stays at the heading. */
function useFocusWhileOpen() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!(before instanceof HTMLButtonElement)) return;
    heading.current?.focus();
    return () => before.focus();
  }, []);
  return heading;
}

function NodeDetails({
  graph,
  node,
  narrowing,
  groupable,
  onNarrow,
  onNode,
  onEdge,
}: {
  graph: PathGraph;
  node: PathNode;
  narrowing: Narrowing;
  groupable: boolean;
  onNarrow: (change: Partial<Narrowing>) => void;
  onNode: (id: string) => void;
  onEdge: (from: string, to: string) => void;
}) {
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const system = narrowing.systems.has(node.id) ? node.id : systemOf(node);
  const isGrouped = narrowing.systems.has(system);
  const toggled = new Set(narrowing.systems);
  if (!toggled.delete(system)) toggled.add(system);
  const lines = (title: string, edges: readonly PathEdge[], other: 'from' | 'to') => (
    <section>
      <h3>{title}</h3>
      {edges.length === 0 ? (
        <p className="faint">{texts.nothing}</p>
      ) : (
        <ul className="panel-lines">
          {edges.slice(0, LINES_MAX).map((edge) => (
            <li key={edge.id}>
              <button type="button" className="panel-line" onClick={() => onEdge(edge.from, edge.to)}>
                <span>{labels.get(edge[other]) ?? edge[other]}</span>
                <span className="faint">
                  {edge.actions.map((action) => people.line.actions[action]).join(', ')} ·{' '}
                  {people.person.count(edge.count)}×
                </span>
                <Sure confidence={edge.confidence} />
              </button>
            </li>
          ))}
          {edges.length > LINES_MAX && <li className="faint">{texts.moreOf(LINES_MAX, edges.length)}</li>}
        </ul>
      )}
    </section>
  );
  return (
    <>
      <p className="faint mono panel-id">{node.id}</p>
      <dl className="panel-facts">
        <div>
          <dt>{texts.kinds[node.kind]}</dt>
          <dd>{node.members > 1 ? texts.members(node.members) : node.detail || '–'}</dd>
        </div>
        {node.party !== null && (
          <div>
            <dt>{texts.company}</dt>
            <dd>{[node.party, countryName(node.country)].filter(Boolean).join(', ')}</dd>
          </div>
        )}
        <div>
          <dt>{people.person.categories}</dt>
          <dd>
            <Words words={node.categories} />
          </dd>
        </div>
        <div>
          <dt>{texts.purposes}</dt>
          <dd>
            <Words words={node.purposes} />
          </dd>
        </div>
      </dl>
      <div className="panel-actions">
        <label>
          {texts.depth}{' '}
          <select
            value={narrowing.depth ?? 0}
            onChange={({ target }) => onNarrow({ depth: DEPTHS[target.selectedIndex - 1] ?? null })}
          >
            <option value={0}>{texts.depthAll}</option>
            {DEPTHS.map((steps) => (
              <option key={steps} value={steps}>
                {texts.depthSteps(steps)}
              </option>
            ))}
          </select>
        </label>
        {(groupable || isGrouped) && (
          <button
            type="button"
            className="button plain small"
            onClick={() => {
              onNarrow({ systems: toggled });
              if (!isGrouped) onNode(system);
            }}
          >
            {isGrouped ? texts.ungroup : texts.groupSystem}
          </button>
        )}
      </div>
      {lines(
        texts.into,
        graph.edges.filter(({ to }) => to === node.id),
        'from',
      )}
      {lines(
        texts.outOf,
        graph.edges.filter(({ from }) => from === node.id),
        'to',
      )}
    </>
  );
}

/** A line between boxes that stand for several: each of the lines it stands for has evidence of its own. */
function Parts({ line, onEdge }: { line: PathEdge; onEdge: (from: string, to: string) => void }) {
  return (
    <ul className="panel-lines">
      {line.parts.slice(0, LINES_MAX).map(({ from, to }) => (
        <li key={edgeId(from, to)}>
          <button type="button" className="panel-line" onClick={() => onEdge(from, to)}>
            <span>
              {labelOfId(from)} → {labelOfId(to)}
            </span>
          </button>
        </li>
      ))}
      {line.parts.length > LINES_MAX && <li className="faint">{texts.moreOf(LINES_MAX, line.parts.length)}</li>}
    </ul>
  );
}
