import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { DateTime, dateTimeText } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { home } from '../texts/en-home.ts';
import { type Bucket, ingestHealthQuery } from './home-queries.ts';
import { healthSentence, type IngestHealth } from './home-sentence.ts';

const texts = home.health;
// The chart is a library of its own: the numbers are there before it is.
const VolumeChart = lazy(async () => ({ default: (await import('./home-volume-chart.tsx')).VolumeChart }));
const BUCKETS: readonly Bucket[] = ['day', 'hour'];

/** Whether spans come in and whether it is all of them: one sentence, the curve behind it, and each service. */
export function Health() {
  const [bucket, setBucket] = useState<Bucket>('day');
  const { data, error, refetch } = useQuery(ingestHealthQuery(bucket));
  return (
    <section className="card home-card" aria-labelledby="health">
      <header>
        <h2 id="health">{texts.title}</h2>
        <fieldset className="window-choice">
          <legend className="sr-only">{home.volume.bucket}</legend>
          {BUCKETS.map((each) => (
            <label key={each} data-chosen={each === bucket}>
              <input
                type="radio"
                name="bucket"
                className="sr-only"
                checked={each === bucket}
                onChange={() => setBucket(each)}
              />
              {home.volume[each]}
            </label>
          ))}
        </fieldset>
      </header>
      {error !== null ? (
        <Failure error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <div className="skeleton block-wait" />
      ) : (
        <div className="health">
          <SentenceLine health={data} />
          <Volume health={data} />
          <Services health={data} />
        </div>
      )}
    </section>
  );
}

function SentenceLine({ health }: { health: IngestHealth }) {
  const sentence = healthSentence(health, new Date());
  if (sentence === null) return null;
  const Icon = sentence.tone === 'good' ? CircleCheck : TriangleAlert;
  return (
    <p className="health-sentence" data-tone={sentence.tone}>
      <Icon size={17} aria-hidden="true" />
      <span>
        {sentence.text}
        {health.unattributedTouches > 0 && (
          <>
            {' '}
            <Link to="/coverage">{texts.coverage}</Link>
          </>
        )}
      </span>
    </p>
  );
}

function Volume({ health: { volume, bucket } }: { health: IngestHealth }) {
  const spans = volume.reduce((sum, point) => sum + point.spans, 0);
  const from = dateTimeText(volume[0]?.at ?? 0);
  return (
    <figure className="volume">
      <figcaption className="soft">
        {home.volume.title} <span className="faint">({home.volume.utc})</span>
      </figcaption>
      <Suspense fallback={<div className="skeleton volume-wait" />}>
        <VolumeChart points={volume} bucket={bucket} summary={home.volume.summary(spans, from)} />
      </Suspense>
    </figure>
  );
}

function Services({ health: { services, rejected } }: { health: IngestHealth }) {
  return (
    <details className="services">
      <summary>{texts.services}</summary>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{texts.columns.service}</th>
            <th scope="col">{texts.columns.newest}</th>
            <th scope="col">{texts.columns.lost}</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ service, newestSpan, missingSeq }) => (
            <tr key={service}>
              <td>{service}</td>
              <td>
                <DateTime at={newestSpan} precision="seconds" />
              </td>
              <td>{missingSeq.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rejected.length > 0 && (
        <p className="soft">
          {texts.reasons}: {rejected.map(({ reason, spans }) => `${reason} (${spans.toLocaleString('en')})`).join(', ')}
        </p>
      )}
    </details>
  );
}
