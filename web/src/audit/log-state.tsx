import { useMutation, useQuery } from '@tanstack/react-query';
import { checkpointOf } from '@vestige/audit-verify/note-text';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { saveFile } from '../requests/save-file.ts';
import { audit } from '../texts/en-audit.ts';
import { CheckList, VerdictLine } from './check-list.tsx';
import { checkPromise } from './check-note.ts';
import { checkKept, forgetCheckpoint, type KeptCheckpoint, keepCheckpoint, keptCheckpoint } from './kept-checkpoint.ts';
import { readVkeys } from './read-evidence.ts';

const texts = audit.log;

const consistency = async (from: number, to: number): Promise<readonly string[]> =>
  (await answerOf(api.GET('/v1/audit/consistency', { params: { query: { from, to } } }))).hashes;

/**
 * The promise of now, held against the one this browser remembers. Only a promise that is signed and continues what was
 * kept is kept in its place: a log that was rewritten must stay found out.
 *
 * @param given keys that somebody brought; empty for those of the server
 */
async function lookAtLog(given: string) {
  const [note, published] = await Promise.all([
    answerOf(api.GET('/v1/audit/checkpoint', { parseAs: 'text' })),
    readVkeys(),
  ]);
  const vkeys = given.trim() === '' ? published : given;
  const checkpoint = checkpointOf(note);
  const kept = checkpoint && keptCheckpoint(checkpoint.origin);
  const checks = [await checkPromise(note, vkeys), await checkKept(kept, note, consistency)];
  if (checkpoint && checks.every(({ verdict }) => verdict !== 'broken')) keepCheckpoint(checkpoint);
  return { note, published, checkpoint, kept, checks };
}

/** Whether the log is alive, what it promises, and whether that continues what was seen before. */
export function LogState() {
  const [given, setGiven] = useState('');
  const [forgotten, setForgotten] = useState(false);
  const log = useQuery({ queryKey: ['audit', 'log', given], gcTime: 0, queryFn: () => lookAtLog(given) });
  const status = useQuery({
    queryKey: ['audit', 'status'],
    queryFn: () => answerOf(api.GET('/v1/audit/status')),
  });
  const bundle = useMutation({
    mutationFn: async () =>
      saveFile('audit-bundle.tar', await answerOf(api.GET('/v1/audit/bundle', { parseAs: 'blob' }))),
  });
  if (log.error) return <Failure error={log.error} again={() => void log.refetch()} />;
  if (log.data === undefined) return <div className="skeleton block-wait" />;
  const { checkpoint, kept, checks, note, published } = log.data;
  return (
    <div className="log-state">
      <section className="card log-card">
        <h2>{texts.checked}</h2>
        <VerdictLine checks={checks} />
        <CheckList checks={checks} />
        {kept && !forgotten && <Kept kept={kept} />}
        <div className="toolbar">
          <button type="button" className="button plain" onClick={() => void log.refetch()}>
            {audit.certificate.again}
          </button>
          {checkpoint && (
            <button
              type="button"
              className="button plain"
              onClick={() => {
                forgetCheckpoint(checkpoint.origin);
                setForgotten(true);
              }}
            >
              {texts.forget}
            </button>
          )}
        </div>
        <label className="field">
          <span>{texts.given}</span>
          <textarea
            className="mono"
            rows={2}
            value={given}
            spellCheck={false}
            placeholder={texts.givenExample}
            onChange={({ target }) => setGiven(target.value)}
          />
          <span className="hint">{texts.givenHint}</span>
        </label>
      </section>
      <section className="card log-card">
        <h2>{texts.promise}</h2>
        <dl className="facts">
          <dt>{texts.origin}</dt>
          <dd className="mono">{checkpoint?.origin}</dd>
          <dt>{texts.size}</dt>
          <dd>{checkpoint?.size}</dd>
          {status.data && (
            <>
              <dt>{texts.signed}</dt>
              <dd>{status.data.checkpoint && <DateTime at={status.data.checkpoint.at} precision="seconds" />}</dd>
              <dt>{texts.heartbeat}</dt>
              <dd>{status.data.heartbeat?.day ?? texts.never}</dd>
              <dt>{texts.anchors}</dt>
              <dd>
                {status.data.anchors.length === 0 && <span className="soft">{texts.noAnchors}</span>}
                {status.data.anchors.map((anchor) => (
                  <p key={`${anchor.kind} ${anchor.place}`}>
                    {texts.anchorKinds[anchor.kind]} <span className="mono">{anchor.place}</span>, {anchor.size} ·{' '}
                    <DateTime at={anchor.at} />
                  </p>
                ))}
              </dd>
            </>
          )}
        </dl>
        {status.data?.problems.map((problem) => (
          <p key={problem} className="statement" data-tone="warn">
            {texts.problems[problem]}
          </p>
        ))}
        <h3>{texts.note}</h3>
        <div className="snippet">
          <pre>{note.trimEnd()}</pre>
          <CopyButton text={note} label={texts.copyNote} />
        </div>
        <h3>{texts.keys}</h3>
        <div className="snippet">
          <pre>{published?.trimEnd() ?? texts.noKeys}</pre>
          {published !== null && <CopyButton text={published} label={texts.copyKeys} />}
        </div>
        <p className="soft">{texts.bundleLead}</p>
        {bundle.error !== null && <Failure error={bundle.error} />}
        <div>
          <button type="button" className="button plain" disabled={bundle.isPending} onClick={() => bundle.mutate()}>
            <Download size={16} aria-hidden="true" />
            {bundle.isPending ? texts.bundling : texts.bundle}
          </button>
        </div>
      </section>
    </div>
  );
}

function Kept({ kept }: { kept: KeptCheckpoint }) {
  return (
    <p className="soft">
      {texts.kept(kept.size)} <span className="mono">{kept.root}</span>
    </p>
  );
}
