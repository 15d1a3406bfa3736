import { Maximize2, Minus, Plus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { people } from '../../texts/en-people.ts';
import { coloursOf } from './colours.ts';
import { type Drawing, drawPath } from './drawing.ts';
import { useDarkness } from './use-darkness.ts';
import type { LaidOut } from './use-layout.ts';

const texts = people.path;
const NEARER = 1.3;

/** The path on a canvas, which one drags and zooms. What it says is in the list too, for whoever sees no canvas. */
export function PathPicture({
  laidOut,
  moments,
  until,
  chosen: { node, edge },
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
  const [drawing, setDrawing] = useState<{ readonly drawn: Drawing; readonly of: LaidOut } | null>(null);
  const isDark = useDarkness();
  // What a click does changes with every render; the drawing does not.
  const events = useRef({ onNode, onEdge, onGround });
  useEffect(() => {
    events.current = { onNode, onEdge, onGround };
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, which changes with isDark
  useEffect(() => {
    const container = place.current;
    if (container === null || laidOut === null) return;
    const drawn = drawPath(container, laidOut, coloursOf(container), {
      onNode: (id) => events.current.onNode(id),
      onEdge: (from, to) => events.current.onEdge(from, to),
      onGround: () => events.current.onGround(),
      onPainted: () => {
        container.dataset['drawn'] = String(laidOut.graph.nodes.length);
      },
    });
    setDrawing({ drawn, of: laidOut });
    return () => {
      delete container.dataset['drawn'];
      drawn.destroy();
    };
  }, [laidOut, isDark]);

  useEffect(() => {
    if (drawing !== null) drawing.drawn.showMoment(drawing.of.graph.edges, moments, until);
  }, [drawing, moments, until]);
  useEffect(() => {
    drawing?.drawn.showChosen(node, edge);
  }, [drawing, node, edge]);

  const summary = texts.summary(laidOut?.graph.nodes.length ?? 0, laidOut?.graph.edges.length ?? 0);
  const buttons = [
    { label: texts.zoomIn, icon: Plus, act: (drawn: Drawing) => drawn.zoomBy(NEARER) },
    { label: texts.zoomOut, icon: Minus, act: (drawn: Drawing) => drawn.zoomBy(1 / NEARER) },
    { label: texts.fit, icon: Maximize2, act: (drawn: Drawing) => drawn.showAll() },
  ];
  return (
    <div className="path-picture">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move it, as a hand does */}
      <div ref={place} className="path-canvas" role="img" tabIndex={0} aria-label={texts.pictureOf(summary)} />
      {laidOut === null && <p className="path-drawing soft">{texts.drawing}</p>}
      <div className="path-zoom">
        {buttons.map(({ label, icon: Icon, act }) => (
          <button
            key={label}
            type="button"
            className="icon-button"
            title={label}
            aria-label={label}
            onClick={() => drawing !== null && act(drawing.drawn)}
          >
            <Icon size={15} aria-hidden="true" />
          </button>
        ))}
      </div>
    </div>
  );
}
