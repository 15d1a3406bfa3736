import { DateTime } from '../parts/date-time.tsx';
import { requestWork } from '../texts/en-request-work.ts';
import type { Receipt } from './request-queries.ts';

const texts = requestWork.work.receipts;

/** What was reported from one place, round by round: by whom, how, and what shows it. */
export function Receipts({ receipts, place }: { receipts: readonly Receipt[]; place: string }) {
  return (
    <ol className="receipts" aria-label={texts.of(place)}>
      {receipts.map((receipt) => (
        <li key={`${receipt.taskId}${receipt.fence}`}>
          <span className="badge" data-tone={receipt.phase === 'verify' ? 'good' : 'wait'}>
            {texts.phases[receipt.phase]}
          </span>
          <span>
            <DateTime at={receipt.at} precision="seconds" />
            <span className="soft"> {texts.by(receipt.by.replace(/^key:/, ''), receipt.worker)}</span>
            <br />
            <span className="mono">{receipt.method}</span>:{' '}
            {requestWork.work.counts(receipt.found, receipt.erased, receipt.residual)},{' '}
            {receipt.searched ? texts.searched : texts.notSearched}
            <br />
            <span className="faint small" title={receipt.evidenceDigest}>
              {texts.digest} <span className="mono">{receipt.evidenceDigest.slice(0, 31)}…</span>
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
