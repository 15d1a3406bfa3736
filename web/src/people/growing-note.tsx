import { people } from '../texts/en-people.ts';
import type { Lineage } from './path/graph.ts';

const texts = people.completeness.growing;

/** In the place of the completeness statement while an answer grows: how much of it is there, and that it goes on. */
export function GrowingNote({ cut }: { cut: NonNullable<Lineage['completeness']['cut']> }) {
  const { tracesFollowed, tracesKnown } = cut;
  return (
    <section className="card growing" aria-label={texts.label}>
      <p role="status">
        <strong>{texts.label}.</strong> {texts.says(tracesFollowed, tracesKnown)}
      </p>
      <progress value={tracesFollowed} max={tracesKnown} aria-label={texts.label} />
    </section>
  );
}
