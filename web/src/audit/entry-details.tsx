import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { Drawer } from '../governance/parts/drawer.tsx';
import type { Change } from '../governance/parts/drop-empty.ts';
import { DateTime } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { audit } from '../texts/en-audit.ts';
import type { AuditSearch } from './audit-search.ts';
import { checkEntry } from './check-entry.ts';
import { CheckList, VerdictLine } from './check-list.tsx';
import { checkShown } from './check-shown.ts';
import type { AuditEntry } from './entries.tsx';
import { readVkeys } from './read-evidence.ts';
import { objectWords, typeWords } from './type-words.ts';

const texts = audit.details;

/** One entry with everything it says, and the proof that it is in the log, verified here. */
export function EntryDetails({
  entry,
  set,
  onClose,
}: {
  entry: AuditEntry;
  set: (change: Change<AuditSearch>) => void;
  onClose: () => void;
}) {
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () => {
      const [proof, vkeys] = await Promise.all([
        answerOf(api.GET('/v1/audit/proof', { params: { query: { index: entry.index } }, parseAs: 'text' })),
        readVkeys(),
      ]);
      const proven = await checkEntry(proof, vkeys);
      return { ...proven, checks: [checkShown(entry, proven.entry), ...proven.checks] };
    },
  });
  return (
    <Drawer open onClose={onClose} title={typeWords(entry.type)}>
      <dl className="facts">
        <dt>{texts.index}</dt>
        <dd className="mono">{entry.index}</dd>
        <dt>{texts.at}</dt>
        <dd>
          <DateTime at={entry.at} precision="seconds" />
        </dd>
        <dt>{texts.type}</dt>
        <dd className="mono">{entry.type}</dd>
        <dt>{texts.actor}</dt>
        <dd>
          <button
            type="button"
            className="link-button mono"
            title={texts.byActor}
            onClick={() => set({ actor: entry.actor, request: undefined })}
          >
            {entry.actor}
          </button>
        </dd>
        <dt>{texts.object}</dt>
        <dd>
          {objectWords(entry.object.kind)} <span className="mono">{entry.object.id}</span>
          {entry.object.id === '-' && <p className="faint">{texts.person}</p>}
        </dd>
        {entry.requestId !== null && (
          <>
            <dt>{texts.request}</dt>
            <dd>
              <Link to="/requests/$requestId" params={{ requestId: entry.requestId }} className="mono">
                {entry.requestId}
              </Link>
            </dd>
          </>
        )}
        {entry.purpose !== null && (
          <>
            <dt>{texts.purpose}</dt>
            <dd>{entry.purpose}</dd>
          </>
        )}
        <dt>{texts.commitment}</dt>
        <dd className="mono">{entry.commitment}</dd>
      </dl>
      {entry.redactedBy !== null ? (
        <p className="statement">{texts.redacted(entry.redactedBy)}</p>
      ) : (
        entry.payload !== null &&
        Object.keys(entry.payload).length > 0 && (
          <section>
            <h3>{texts.payload}</h3>
            <pre className="audit-payload">{JSON.stringify(entry.payload, null, 2)}</pre>
          </section>
        )
      )}
      <section className="certificate-checks">
        <h3>{texts.proof}</h3>
        {data && <VerdictLine checks={data.checks} />}
        {data && <CheckList checks={data.checks} />}
        {data && <p className="faint">{audit.certificate.entry(data.index, data.size)}</p>}
        {error !== null && <Failure error={error} />}
        <button type="button" className="button plain" disabled={isPending} onClick={() => mutate()}>
          <ShieldCheck size={16} aria-hidden="true" />
          {isPending ? audit.certificate.verifying : data ? audit.certificate.again : texts.verify}
        </button>
      </section>
    </Drawer>
  );
}
