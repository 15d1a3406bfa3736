import { Link } from '@tanstack/react-router';
import { Users } from 'lucide-react';
import type { components } from '../../api/schema.d.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { governance } from '../../texts/en-governance.ts';
import { NodeName } from '../parts/node-kind.tsx';
import { countText } from '../parts/people-count.ts';

const texts = governance.exposure;
const CONFIDENCES = ['declared', 'ambient', 'inferred', 'possible'] as const;

/** Counts only: how many, which data, who received it, where it went. The list of people is behind four eyes. */
export function ExposureAnswer({
  answer,
  isFollowed,
}: {
  answer: components['schemas']['Exposure'];
  /** Whether it was asked where the data went on to. */
  isFollowed: boolean;
}) {
  const { affected, categories, recipients, downstream, statement, roundedTo, gaps } = answer;
  const count = (people: number) => countText(people, roundedTo);
  // Of people who were not found, or not followed to the end, these tables do not know.
  const isBound = !affected.exact || gaps.partlyFollowed > 0;
  const people = isBound && roundedTo === undefined ? texts.columns.peopleAtLeast : texts.columns.people;
  return (
    <section className="exposure-answer" aria-label={texts.answer}>
      <div className="card exposure-head">
        <p className="exposure-figure">
          {affected.exact || roundedTo !== undefined ? count(affected.people) : texts.atLeast(count(affected.people))}
        </p>
        <div>
          <p>
            <span className="badge" data-tone={affected.exact ? 'good' : 'act'}>
              {affected.exact ? texts.exact : texts.bound}
            </span>{' '}
            <DateTime at={answer.window.from} /> – <DateTime at={answer.window.to} />
          </p>
          <p className="exposure-statement">{statement}</p>
          <ul className="exposure-confidence" aria-label={texts.byConfidence}>
            {CONFIDENCES.map((each) => (
              <li key={each}>
                <strong>{count(affected.byConfidence[each])}</strong> {texts.confidence[each]}
              </li>
            ))}
          </ul>
        </div>
      </div>
      <div className="exposure-columns">
        <section className="card">
          <header className="card-head">
            <h2>{texts.categories}</h2>
            <span className="soft">{people}</span>
          </header>
          <table className="list dense">
            <tbody>
              {categories.map(({ category, people: n }) => (
                <tr key={category}>
                  <td>{category}</td>
                  <td className="number">{count(n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {categories.length === 0 && <p className="empty soft">{texts.noCategories}</p>}
        </section>
        <section className="card">
          <header className="card-head">
            <h2>{texts.downstreamTitle}</h2>
            <span className="soft">{people}</span>
          </header>
          <table className="list dense">
            <tbody>
              {downstream.map(({ node, people: n }) => (
                <tr key={node}>
                  <td>
                    <NodeName id={node} />
                  </td>
                  <td className="number">{count(n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {downstream.length === 0 && (
            <p className="empty soft">
              {!isFollowed ? texts.notFollowed : isBound ? texts.noneFound : texts.noDownstream}
            </p>
          )}
        </section>
      </div>
      <section className="card scroll-x">
        <header className="card-head">
          <h2>{texts.recipients}</h2>
        </header>
        <table className="list dense">
          <thead>
            <tr>
              <th scope="col">{texts.columns.recipient}</th>
              <th scope="col">{texts.columns.country}</th>
              <th scope="col" className="number">
                {people}
              </th>
              <th scope="col">{texts.columns.first}</th>
              <th scope="col">{texts.columns.last}</th>
            </tr>
          </thead>
          <tbody>
            {recipients.map((each) => (
              <tr key={each.node}>
                <td>
                  <NodeName id={each.node} name={each.party} />
                  {each.downstream && <span className="tag">{texts.later}</span>}
                </td>
                <td>{each.country ?? governance.people.unknown}</td>
                <td className="number">{count(each.people)}</td>
                <td>
                  <DateTime at={each.firstDisclosed} />
                </td>
                <td>
                  <DateTime at={each.lastDisclosed} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {recipients.length === 0 && <p className="empty soft">{isBound ? texts.noneFound : texts.noRecipients}</p>}
      </section>
      <div className="card exposure-next">
        <Users size={18} aria-hidden="true" />
        <p>{texts.next}</p>
        <Link to="/exposure/$id" params={{ id: answer.id }} className="button plain">
          {texts.openList}
        </Link>
      </div>
    </section>
  );
}
