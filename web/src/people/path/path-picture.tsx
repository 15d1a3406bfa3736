import type { Core } from 'cytoscape';
import { Maximize2, Minus, Plus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { people } from '../../texts/en-people.ts';
import { coloursOf } from './colours.ts';
import { bringIntoView, drawPath, showAll, showChosen, showMoment } from './drawing.ts';
import { useDarkness } from './use-darkness.ts';
import type { LaidOut } from './use-layout.ts';

const texts = people.path;
const NEARER = 1.3;

/** The path on a canvas, which one drags and zooms. What it says is in the list too, for whoever sees no canvas. */
export function PathPicture({
  laidOut,
  moments,
  until,
  chosen,
  onNode,
  onEdge,
  onGround,
}: {
  laidOut: LaidOut | null;
  moments: readonly number[];
  until: number | null;
  chosen: { readonly node?: string; readonly edge?: string };
  onNode: (id: string) => void;
  onEdge: (from: string, to: string) => void;
  onGround: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Core | null>(null);
  const [drawn, setDrawn] = useState<Core | null>(null);
  const isDark = useDarkness();
  // What a click does may change with every render; the canvas is drawn once.
  const events = useRef({ onNode, onEdge, onGround });
  events.current = { onNode, onEdge, onGround };

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, which changes with isDark
  useEffect(() => {
    if (place.current === null || laidOut === null) return;
    const container = place.current;
    const cy = drawPath(container, laidOut.graph, laidOut.positions, coloursOf(container), {
      onNode: (id) => events.current.onNode(id),
      onEdge: (from, to) => events.current.onEdge(from, to),
      onGround: () => events.current.onGround(),
    });
    cy.one('render', () => {
      container.dataset['drawn'] = String(laidOut.graph.nodes.length);
    });
    drawing.current = cy;
    setDrawn(cy);
    return () => {
      delete container.dataset['drawn'];
      drawing.current = null;
      cy.destroy();
    };
  }, [laidOut, isDark]);

  useEffect(() => {
    if (drawn === drawing.current && drawn !== null && laidOut !== null) {
      showMoment(drawn, laidOut.graph.edges, moments, until);
    }
  }, [drawn, laidOut, moments, until]);

  const { node, edge } = chosen;
  useEffect(() => {
    if (drawn === null || drawn !== drawing.current) return;
    showChosen(drawn, { ...(node === undefined ? {} : { node }), ...(edge === undefined ? {} : { edge }) });
    if (node !== undefined && edge === undefined && !isInView(drawn, node)) bringIntoView(drawn, node);
  }, [drawn, node, edge]);

  const zoom = (factor: number) => {
    const cy = drawing.current;
    cy?.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  };
  const summary = texts.summary(laidOut?.graph.nodes.length ?? 0, laidOut?.graph.edges.length ?? 0);
  return (
    <div className="path-picture">
      <div ref={place} className="path-canvas" role="img" aria-label={texts.pictureOf(summary)} />
      {laidOut === null && <p className="path-drawing soft">{texts.drawing}</p>}
      <div className="path-zoom">
        <button
          type="button"
          className="icon-button"
          title={texts.zoomIn}
          aria-label={texts.zoomIn}
          onClick={() => zoom(NEARER)}
        >
          <Plus size={16} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button"
          title={texts.zoomOut}
          aria-label={texts.zoomOut}
          onClick={() => zoom(1 / NEARER)}
        >
          <Minus size={16} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button"
          title={texts.fit}
          aria-label={texts.fit}
          onClick={() => drawing.current && showAll(drawing.current)}
        >
          <Maximize2 size={15} aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

function isInView(cy: Core, id: string): boolean {
  const { x1, x2, y1, y2 } = cy.extent();
  const node = cy.getElementById(id);
  if (node.empty()) return true;
  const { x, y } = node.position() as { x: number; y: number };
  return cy.zoom() >= 0.5 && x > x1 && x < x2 && y > y1 && y < y2;
}
