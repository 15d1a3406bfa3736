import { useMutation } from '@tanstack/react-query';
import { FileCheck2 } from 'lucide-react';
import { type DragEvent, type FormEvent, useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { audit } from '../texts/en-audit.ts';
import { checkCertificate } from './check-certificate.ts';
import { CheckList, VerdictLine } from './check-list.tsx';
import { readIssuer, readProof, readVkeys } from './read-evidence.ts';

const texts = audit.check;
/** More than any certificate or proof of ours has (core/src/audit/tlog-proof.ts). */
const FILE_BYTES_MAX = 1_000_000;

interface Given {
  readonly certificate: string;
  readonly proof: string;
  readonly issuer: string;
  readonly vkeys: string;
}

const NOTHING: Given = { certificate: '', proof: '', issuer: '', vkeys: '' };

/** What was brought counts; what was not is asked of this server. Nothing of it leaves the page. */
async function verify(given: Given) {
  const certificate = given.certificate;
  const [proof, issuer, vkeys] = await Promise.all([
    given.proof.trim() === '' ? readProof(certificate) : given.proof,
    given.issuer.trim() === '' ? readIssuer() : given.issuer,
    given.vkeys.trim() === '' ? readVkeys() : given.vkeys,
  ]);
  return checkCertificate({ certificate, proof, issuer, vkeys });
}

/** A certificate that somebody was handed, verified here: the file, its proof, and keys from wherever they are trusted. */
export function CertificateCheck() {
  const [given, setGiven] = useState(NOTHING);
  const [isOver, setOver] = useState(false);
  const { mutate, data, error, isPending, reset } = useMutation({ mutationFn: verify, gcTime: 0 });
  const set = (change: Partial<Given>) => {
    reset();
    setGiven((before) => ({ ...before, ...change }));
  };
  const take = async (files: Iterable<File>) => {
    for (const file of files) {
      if (file.size > FILE_BYTES_MAX) continue;
      const text = await file.text();
      if (text.startsWith('c2sp.org/tlog-proof')) set({ proof: text });
      else if (text.includes('BEGIN PUBLIC KEY')) set({ issuer: text });
      else set({ certificate: text });
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate(given);
  };
  return (
    <div className="log-state">
      <form className="card log-card" onSubmit={submit}>
        <label
          className="drop"
          data-over={isOver}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <FileCheck2 size={24} aria-hidden="true" />
          <strong>{texts.drop}</strong>
          <span className="soft">{texts.dropLead}</span>
          <input
            type="file"
            multiple
            accept=".json,.tlog-proof,.pem,.txt"
            onChange={({ target }) => void take(target.files ?? [])}
          />
        </label>
        <label className="field">
          <span>{texts.certificate}</span>
          <textarea
            className="mono"
            rows={6}
            required
            value={given.certificate}
            spellCheck={false}
            onChange={({ target }) => set({ certificate: target.value })}
          />
        </label>
        <label className="field">
          <span>{texts.proof}</span>
          <textarea
            className="mono"
            rows={3}
            value={given.proof}
            spellCheck={false}
            onChange={({ target }) => set({ proof: target.value })}
          />
          <span className="hint">{texts.proofHint}</span>
        </label>
        <details>
          <summary>{texts.ownKeys}</summary>
          <div className="block-form">
            <label className="field">
              <span>{texts.issuer}</span>
              <textarea
                className="mono"
                rows={3}
                value={given.issuer}
                spellCheck={false}
                onChange={({ target }) => set({ issuer: target.value })}
              />
            </label>
            <label className="field">
              <span>{texts.vkeys}</span>
              <textarea
                className="mono"
                rows={2}
                value={given.vkeys}
                spellCheck={false}
                onChange={({ target }) => set({ vkeys: target.value })}
              />
            </label>
          </div>
        </details>
        <div className="toolbar">
          <button type="button" className="button plain" onClick={() => set(NOTHING)}>
            {texts.clear}
          </button>
          <button type="submit" className="button push" disabled={isPending}>
            {isPending ? audit.certificate.verifying : texts.verify}
          </button>
        </div>
      </form>
      <section className="card log-card" aria-live="polite">
        <h2>{texts.result}</h2>
        {error !== null && <Failure error={error} />}
        {data === undefined && error === null && <p className="soft">{texts.noResult}</p>}
        {data && <VerdictLine checks={data.checks} />}
        {data && <CheckList checks={data.checks} />}
        {data?.certificate && (
          <dl className="facts">
            <dt>{texts.id}</dt>
            <dd className="mono">{data.certificate.certificateId}</dd>
            <dt>{texts.request}</dt>
            <dd className="mono">{data.certificate.requestId}</dd>
            <dt>{texts.outcome}</dt>
            <dd>{data.certificate.outcome}</dd>
            <dt>{texts.places}</dt>
            <dd>{data.certificate.targets.length}</dd>
            {data.proven && (
              <>
                <dt>{texts.entry}</dt>
                <dd>{audit.certificate.entry(data.proven.index, data.proven.size)}</dd>
              </>
            )}
          </dl>
        )}
        {data && <p className="soft">{audit.certificate.trust}</p>}
      </section>
    </div>
  );
}
