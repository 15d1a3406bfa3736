import type {
  Certificate,
  CertifiedKept,
  CertifiedRecipient,
  CertifiedTarget,
} from '@vestige/core/certificate/certificate';
import { counted } from '@vestige/core/package/plain-words';
import { html } from 'hono/html';
import { code, day, document, facts, list, minute, type Piece, section, strong, table, text } from './document.ts';

/** What each level of verification means, in a sentence a regulator can quote (research/compliance.md §3.5). */
const LEVELS: Readonly<Record<NonNullable<CertifiedTarget['verification']>, string>> = {
  V0: 'stated by whoever did the work',
  V1: 'counted again by the same way',
  V2: 'counted again by another way and under another key',
  V3: 'counted to zero in the files of the database engine',
};
const TITLES: Readonly<Record<Certificate['type'], string>> = {
  access: 'Certificate of access',
  portability: 'Certificate of portability',
  erasure: 'Certificate of erasure',
  restriction: 'Certificate of restriction',
  objection: 'Certificate of objection',
  rectification: 'Certificate of rectification',
};

/** The certificate for people. It names nobody: whom it is about is a commitment that the person alone can open. */
export function certificatePage(certificate: Certificate): Promise<string> {
  const { targets, recipients, dates, approval, scope, rechecks, notCovered, signature, log } = certificate;
  const proven = targets.filter(({ result }) => result === 'verified' || result === 'no_data_found').length;
  const sum = (of: (target: CertifiedTarget) => number) => targets.reduce((total, target) => total + of(target), 0);
  const exceptions = targets.filter(({ result, kept }) => result === 'exempt' || result === 'delegated' || kept);
  return document({
    title: TITLES[certificate.type],
    lead: html`Issued on ${day(dates.issued)} for ${text(certificate.tenant)}, request ${code(certificate.requestId)}.`,
    body: html`${
      certificate.outcome === 'completed'
        ? html`<p class="band"><strong>Completed.</strong> Every place of the plan is proven.</p>`
        : html`<p class="band warn"><strong>Completed with exceptions.</strong> ${counted(exceptions.length, 'place')} of ${targets.length} could not be proven or ${exceptions.length === 1 ? 'keeps' : 'keep'} something; each is listed with its reason.</p>`
    }
${facts([
  [`of ${targets.length} places proven`, proven],
  ['records found', sum(({ found }) => found)],
  ...(certificate.type === 'erasure'
    ? ([
        ['records erased', sum(({ erased }) => erased)],
        ['records left', sum(({ residual }) => residual)],
      ] as const)
    : []),
])}
${section('places', 'The places, and what was done there', null, places(targets))}
${section('recipients', 'Who else was told', 'Art. 19', told(recipients))}
${section('exceptions', 'Exceptions', 'Art. 17(3), 18, 23', exceptions.length === 0 ? html`<p>None.</p>` : exceptionsOf(exceptions))}
${section('not-covered', 'What this certificate does not speak about', null, notCovered.length === 0 ? html`<p>Nothing is left out.</p>` : list(notCovered.map(text)))}
${section(
  'dates',
  'Dates',
  null,
  table(
    'The steps of the request',
    ['Step', 'When', 'By'],
    [
      [strong('Received'), minute(dates.received), '–'],
      [strong('Person identified'), minute(dates.identified), '–'],
      [
        strong('Plan approved'),
        minute(dates.approved),
        html`${code(approval.by)}${approval.singleKey ? ', the key that also filed it' : html`; filed by ${code(approval.filedBy)}`}`,
      ],
      [strong('Carried out'), minute(dates.executed), '–'],
      [strong('Certified'), minute(dates.issued), '–'],
    ],
  ),
  scope.eventsBefore === null
    ? ''
    : html`<p>Events about the person from before ${minute(scope.eventsBefore)} are refused from now on, in every collector.</p>`,
)}
${section(
  'later',
  'Looked again later',
  null,
  rechecks.length === 0
    ? html`<p>No later look is planned.</p>`
    : html`<p>Whether the data came back is checked on ${rechecks.map((at, index) => html`${index === 0 ? '' : ', '}${day(at)}`)}. What is found reopens the request.</p>`,
)}
${section('proof', 'How to check this', null, proof(certificate))}`,
    footer: html`<p>Certificate ${code(certificate.certificateId)}, signed ${signature.alg} under key ${code(signature.kid)}, recorded in the log ${code(log.origin)}. Times are in UTC.</p>`,
  });
}

function places(targets: readonly CertifiedTarget[]): Piece {
  return table(
    'Each place of the plan',
    ['Place', 'How', 'Found', 'Erased', 'Left', 'Verified', 'Backups until', 'Evidence'],
    targets.map((target) => [
      html`${code(target.node)}${target.cannotErase.length === 0 ? '' : html`<br>beyond reach: ${target.cannotErase.map(text).join(', ')}`}`,
      html`${target.action}${target.method === null ? '' : html`<br>${code(target.method)}`}`,
      String(target.found),
      html`${String(target.erased)}${target.unreported === undefined ? '' : html`<br>${String(target.unreported)} of them found by an attempt that did not live to report, and gone since`}`,
      String(target.residual),
      target.verification === null
        ? html`<span class="tag warn">${target.result}</span>`
        : html`<span class="tag good">${target.verification}</span> ${LEVELS[target.verification]}`,
      target.backupHorizon === null ? 'not stated' : day(target.backupHorizon),
      target.evidenceDigest === null ? '–' : code(target.evidenceDigest.replace(/^sha256:(.{16}).*$/, '$1…')),
    ]),
  );
}

function told(recipients: readonly CertifiedRecipient[]): Piece {
  if (recipients.length === 0) return html`<p>Nobody else had to be told.</p>`;
  return table(
    'Each party that had received data',
    ['Recipient', 'Told', 'Its answer'],
    recipients.map(({ party, legalName, nodes, notice, acknowledged, excuse, heldSince }) => [
      html`${strong(legalName ?? party)}<br>${nodes.map((node) => html`${code(node)} `)}`,
      notice === null
        ? html`<span class="tag warn">not told</span> ${excuse ?? ''}`
        : html`${day(notice.sentAt)}, ${notice.channel.replaceAll('_', ' ')}`,
      html`${acknowledged === null ? 'none yet' : html`${acknowledged.as}, ${day(acknowledged.at)}`}${heldSince === null ? '' : html`<br>ordered to keep it since ${day(heldSince)}`}`,
    ]),
  );
}

function exceptionsOf(targets: readonly CertifiedTarget[]): Piece {
  return table(
    'Places that keep data, or whose word is awaited',
    ['Place', 'Reason', 'Approved by', 'Looked at again'],
    targets.flatMap(({ node, result, exception, kept = [] }) => [
      ...(kept.length > 0
        ? []
        : [
            [
              code(node),
              exception === null ? result : code(exception.code),
              exception === null ? '–' : code(exception.approvedBy),
              exception?.reviewAt == null ? '–' : day(exception.reviewAt),
            ],
          ]),
      ...kept.map((part) => [
        html`${code(node)}<br>${text(partOf(part))}`,
        code(part.code),
        code(part.approvedBy),
        day(part.reviewAt),
      ]),
    ]),
  );
}

/** `only user.financial, 2020-01-01 to 2024-12-31` */
function partOf({ categories, from, to }: CertifiedKept): string {
  const days = from === null && to === null ? [] : [`${from ?? 'the beginning'} to ${to ?? 'today'}`];
  return `only ${[...(categories.length > 0 ? [categories.join(' and ')] : []), ...days].join(', ')}`;
}

function proof({ subjectCommitment, approval, package: sealed }: Certificate): Piece {
  return list([
    html`The signed file is <code>certificate.json</code>. <code>vestige audit verify</code> checks it offline, with nothing but the issuer’s public key.`,
    html`The proof that the audit log holds it is the <code>.tlog-proof</code> file beside it.`,
    html`Whom it is about: ${code(subjectCommitment)}. The person alone holds the number that opens this.`,
    html`The plan that was approved and carried out: ${code(approval.planHash)}.`,
    ...(sealed === null
      ? []
      : [html`The copy that was sealed${sealed.complete ? '' : ', incomplete'}: ${code(sealed.sha256)}.`]),
  ]);
}
