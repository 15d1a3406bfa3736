import { basisInWords, counted } from '@vestige/core/package/plain-words';
import type { PortabilityAnswer } from '@vestige/core/package/portability';
import { html } from 'hono/html';
import { redactionInWords, titleOf } from './access-answer.ts';
import { dataPreviews } from './data-preview.ts';
import { code, day, document, facts as factCards, list, section, strong, table, text } from './document.ts';
import type { PackageFacts } from './package-facts.ts';
import type { ShownFile } from './package-files.ts';

/** The cover of a portability package (Art. 20): what is in it, what each file is, and what stayed behind and why. */
export async function portabilityPage(
  answer: PortabilityAnswer,
  facts: PackageFacts,
  files: readonly ShownFile[],
): Promise<string> {
  const { request, excluded } = answer;
  const called = (node: string) => titleOf(facts, node);
  const controller = facts.notice?.controller.legalName;
  const redacted = answer.files.flatMap(({ store, redactions }) => redactions.map((each) => ({ ...each, store })));
  return document({
    title: 'Your data, to take with you',
    lead: html`${controller === undefined ? 'Answer to' : html`Answer of ${text(controller)} to`} your request of ${day(request.received_at)}, given on ${day(request.answered_at)}.`,
    body: html`<p class="band">This package holds what you provided, by entering it or by using the service, and what is used with your consent or for a contract with you (Art. 20(1)). Every file comes twice: as JSON lines for machines, and as CSV for spreadsheets.</p>
${answer.complete ? '' : html`<p class="band warn"><strong>This package is incomplete.</strong> What is missing is said below.</p>`}
${factCards([
  ['files', answer.files.length],
  ['rows', answer.files.reduce((sum, { rows }) => sum + rows, 0)],
  ['kinds of data stayed behind', excluded.length],
])}
${section(
  'files',
  'The files',
  'Art. 20(1)',
  answer.files.length === 0
    ? html`<p>No place holds data that you can take with you.</p>`
    : html`${table(
        'Each place, and what allows its use',
        ['Place', 'Rows', 'Used on the basis of', 'SHA-256 of the JSON lines'],
        answer.files.map(({ store, rows, legal_basis, sha256 }) => [
          strong(called(store) ?? store),
          String(rows),
          basisInWords(legal_basis),
          code(sha256.slice('sha256:'.length)),
        ]),
      )}<p><a href="fields.json">fields.json</a> says what each column means.</p>${dataPreviews(files, called)}`,
)}
${section(
  'excluded',
  'What stayed behind, and why',
  'Art. 20(1), 20(4)',
  excluded.length === 0
    ? html`<p>Nothing that was found stayed behind.</p>`
    : table(
        'Found, and not part of what can be taken along; an access request (Art. 15) shows it',
        ['Place', 'Column', 'Rows', 'Why'],
        excluded.map(({ store, field, rows, text: why }) => [
          strong(called(store) ?? store),
          field === null ? 'whole rows' : code(field),
          String(rows),
          why,
        ]),
      ),
)}
${redacted.length === 0 ? '' : section('others', 'Left out to protect other people', 'Art. 20(4)', list(redacted.map(({ store, reason, count }) => html`${text(called(store) ?? store)}, ${counted(count, 'time')}: ${redactionInWords(reason)}`)))}
${answer.not_provided.length === 0 ? '' : section('not-provided', 'What could not be asked', null, list(answer.not_provided.map(({ what, text: why }) => html`${text(called(what) ?? what)}: ${text(why)}`)))}`,
    footer: html`<p>Request ${code(request.id)}. <a href="portability.json">portability.json</a> says the same for machines; <a href="manifest.json">manifest.json</a> lists every file with its SHA-256.</p>`,
  });
}
