import { useMutation } from '@tanstack/react-query';
import { CircleCheck, KeyRound, LoaderCircle } from 'lucide-react';
import { useRef, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { may, type OwnKey } from '../app/session.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { ProblemNote } from '../requests/problem-note.tsx';
import { home } from '../texts/en-home.ts';
import type { IngestHealth } from './home-sentence.ts';
import { curlLines, sdkLines } from './home-snippets.ts';

const texts = home.start;

/**
 * From nothing to the first span: a key, lines to paste, and a look every few seconds until something came. Shown only
 * to whoever opens the page while nothing has come in, and until they go on.
 */
export function FirstRun({ health, session }: { health: IngestHealth; session: OwnKey }) {
  const wasEmpty = useRef(health.newestSpan === null);
  const [isOver, setOver] = useState(false);
  if (!wasEmpty.current || isOver) return null;
  return (
    <section className="card first-run" aria-labelledby="first-run">
      <header>
        <h2 id="first-run">{texts.title}</h2>
        <p className="soft">{texts.lead}</p>
      </header>
      <Steps health={health} session={session} onOver={() => setOver(true)} />
    </section>
  );
}

function Steps({ health, session, onOver }: { health: IngestHealth; session: OwnKey; onOver: () => void }) {
  const [how, setHow] = useState<'sdk' | 'curl'>('sdk');
  // The key is in this page's memory and in nothing that outlives it.
  const make = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/v1/api-keys', { body: { name: texts.key.name, role: 'ingest', expiresAt: null } })),
    gcTime: 0,
  });
  const given = {
    apiKey: make.data?.key ?? texts.snippet.yourKey,
    tenant: session.tenant,
    host: window.location.hostname,
  };
  const lines = { sdk: sdkLines(given), curl: curlLines(given, new Date()) };
  const first = health.services.toSorted((a, b) => (a.newestSpan < b.newestSpan ? -1 : 1))[0];
  return (
    <ol className="steps">
      <li data-done={make.isSuccess}>
        <h3>{texts.key.title}</h3>
        <p className="soft">{texts.key.lead}</p>
        {make.isSuccess ? (
          <p className="step-done" role="status">
            <CircleCheck className="step-icon" size={16} aria-hidden="true" /> {texts.key.made}
          </p>
        ) : may(session, 'admin') && may(session, 'ingest') ? (
          <button type="button" className="button" disabled={make.isPending} onClick={() => make.mutate()}>
            <KeyRound size={16} aria-hidden="true" />
            {texts.key.make}
          </button>
        ) : (
          <p>{texts.key.forbidden}</p>
        )}
        <ProblemNote error={make.error} />
      </li>
      <li>
        <h3>{texts.snippet.title}</h3>
        <p className="soft">{texts.snippet.lead}</p>
        <Tabs
          label={texts.snippet.tabs}
          open={how}
          onOpen={setHow}
          tabs={(['sdk', 'curl'] as const).map((id) => ({
            id,
            label: texts.snippet[id],
            content: (
              <div className="first-snippet">
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard */}
                <pre tabIndex={0}>{lines[id]}</pre>
                <CopyButton text={lines[id]} label={texts.snippet.copy} />
              </div>
            ),
          }))}
        />
      </li>
      <li data-done={first !== undefined}>
        <h3>{texts.wait.title}</h3>
        {first === undefined ? (
          <p className="waiting" role="status">
            <LoaderCircle className="turning" size={16} aria-hidden="true" /> {texts.wait.waiting}
          </p>
        ) : (
          <div className="came" role="status">
            <p className="step-done">
              <CircleCheck className="step-icon" size={16} aria-hidden="true" />
              <span>
                {texts.wait.came(first.service)}, <DateTime at={first.newestSpan} precision="seconds" />.{' '}
                <span className="soft">{texts.wait.cameLead}</span>
              </span>
            </p>
            <button type="button" className="button" onClick={onOver}>
              {texts.wait.next}
            </button>
          </div>
        )}
      </li>
    </ol>
  );
}
