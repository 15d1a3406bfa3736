import { people } from '../../texts/en-people.ts';
import { CONFIDENCES, type Confidence, type PathGraph } from './graph.ts';
import { STROKES } from './strokes.ts';

/** The stroke of a line with its name: in the legend, in lists and in the panel. */
export function Sure({ confidence }: { confidence: Confidence }) {
  const { name, means } = people.path.confidences[confidence];
  const { width, dash } = STROKES[confidence];
  return (
    <span className="sure" title={means}>
      <svg width="28" height="8" aria-hidden="true">
        <path d="M0 4 H28" strokeWidth={width} strokeDasharray={dash.join(' ')} />
      </svg>
      {name}
    </span>
  );
}

/** What the strokes mean, and how much is drawn. */
export function Legend({ graph: { nodes, edges } }: { graph: PathGraph }) {
  return (
    <ul className="path-legend" aria-label={people.path.legend}>
      {CONFIDENCES.map((confidence) => (
        <li key={confidence}>
          <Sure confidence={confidence} />
        </li>
      ))}
      <li className="path-summary soft">
        <span role="status">{people.path.summary(nodes.length, edges.length)}</span>
      </li>
    </ul>
  );
}
