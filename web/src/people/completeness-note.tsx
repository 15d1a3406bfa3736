import { CircleAlert, CircleCheck } from 'lucide-react';
import { DateTime, dateTimeText } from '../parts/date-time.tsx';
import { people } from '../texts/en-people.ts';
import type { Lineage } from './path/graph.ts';

const texts = people.completeness;

/** What an answer cannot know: the sentence always, the numbers under it on request. */
export function CompletenessNote({ completeness }: { completeness: Lineage['completeness'] | undefined }) {
  if (completeness === undefined) return <div className="skeleton completeness-wait" />;
  const { complete, watermarks, cut, unregisteredStores } = completeness;
  const Icon = complete ? CircleCheck : CircleAlert;
  const counts = [
    [texts.rejected, count(completeness.rejectedSpans)],
    [texts.orphans, count(completeness.orphanSpans)],
    [texts.unattributed, unattributedOf(completeness)],
    [texts.runs, completeness.runsUncounted ? texts.uncounted : count(completeness.runsWithoutInputs ?? 0)],
  ] as const;
  return (
    <section className="card completeness" data-complete={complete} aria-label={complete ? texts.complete : texts.gaps}>
      <Icon size={18} aria-hidden="true" />
      <div>
        <p>
          <strong>{complete ? texts.complete : texts.gaps}.</strong> {readable(completeness.statement)}
        </p>
        <details>
          <summary>{texts.more}</summary>
          <dl className="completeness-counts">
            {counts.map(([name, number]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{number}</dd>
              </div>
            ))}
          </dl>
          {cut !== undefined && <p>{texts.cut(cut.tracesFollowed, cut.tracesKnown)}</p>}
          {unregisteredStores.length > 0 && (
            <p>
              {texts.unregistered}: <span className="mono">{unregisteredStores.join(', ')}</span>
            </p>
          )}
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{texts.service}</th>
                <th scope="col">{texts.newest}</th>
                <th scope="col">{texts.missing}</th>
              </tr>
            </thead>
            <tbody>
              {watermarks.map(({ service, newestSpan, missingSeq }) => (
                <tr key={service}>
                  <td>{service}</td>
                  <td>
                    <DateTime at={newestSpan} precision="seconds" />
                  </td>
                  <td>{people.person.count(missingSeq)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </div>
    </section>
  );
}

const { count } = people.person;

/** Days that are still being counted are not in the number. */
const unattributedOf = ({ unattributedTouches, uncountedDays }: Lineage['completeness']): string =>
  uncountedDays === undefined ? count(unattributedTouches) : texts.atLeast(count(unattributedTouches));

/** Instants in the sentence as people write them, in the reader's zone. */
export const readable = (statement: string): string =>
  statement.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => dateTimeText(instant));
