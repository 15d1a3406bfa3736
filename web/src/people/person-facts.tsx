import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { DateTime, dayText } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { texts as all } from '../texts/en.ts';
import { people } from '../texts/en-people.ts';
import { personQuery } from './person-queries.ts';

const texts = people.person;

/** A person in numbers. What they are known by is named by its kind; the values are nowhere here. */
export function PersonFacts({ subjectId }: { subjectId: string }) {
  const { data, error, refetch } = useQuery(personQuery(subjectId));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  const kinds = data && [...new Set(data.aliases.map(kindOf))];
  return (
    <dl className="person-facts">
      <Fact name={texts.knownBy}>{kinds?.join(', ') || (data && texts.none)}</Fact>
      <Fact name={texts.firstSeen}>{data && (data.firstSeen ? <DateTime at={data.firstSeen} /> : '–')}</Fact>
      <Fact name={texts.lastSeen}>{data && (data.lastSeen ? <DateTime at={data.lastSeen} /> : '–')}</Fact>
      <Fact name={texts.spans}>{data && texts.count(data.spans)}</Fact>
      <Fact name={texts.openRequests}>
        {data &&
          (data.openRequests.length === 0
            ? texts.noRequests
            : data.openRequests.map(({ id, type, dueOn }) => (
                <a key={id} href={`/requests/${id}`}>
                  {all.request.types[type as keyof typeof all.request.types] ?? type}, {texts.due(dayText(dueOn))}
                </a>
              )))}
      </Fact>
      <Fact name={texts.categories}>
        {data && (data.categories.length === 0 ? texts.none : <Words words={data.categories} most={6} />)}
      </Fact>
    </dl>
  );
}

/** Dotted names of the taxonomy, a few as badges and the rest counted. */
export function Words({ words, most = 12 }: { words: readonly string[]; most?: number }) {
  if (words.length === 0) return <span className="faint">–</span>;
  return (
    <span className="words" title={words.length > most ? words.join(', ') : undefined}>
      {words.slice(0, most).map((word) => (
        <span key={word} className="word">
          {word}
        </span>
      ))}
      {words.length > most && <span className="faint">+{words.length - most}</span>}
    </span>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? <span className="skeleton fact-wait" />}</dd>
    </div>
  );
}

function kindOf({ type, shared }: { type: string; shared: boolean }): string {
  const name = texts.identifier[type] ?? type.replaceAll('_', ' ');
  return shared ? `${name} (${texts.shared})` : name;
}
