import { type AccessAnswer, isNone, itemsOf, type None } from '@vestige/core/package/answer';
import {
  basisInWords,
  capital,
  categoryInWords,
  counted,
  mechanismInWords,
  periodInWords,
  rightInWords,
  useInWords,
} from '@vestige/core/package/plain-words';
import { html } from 'hono/html';
import { redactionInWords, titleOf } from './access-answer.ts';
import { dataPreviews } from './data-preview.ts';
import {
  code,
  day,
  document,
  facts as factCards,
  list,
  minute,
  type Piece,
  section,
  strong,
  table,
  text,
} from './document.ts';
import type { PackageFacts } from './package-facts.ts';
import type { ShownFile } from './package-files.ts';
import { pathFigure } from './path-svg.ts';

/** The layer of an access package that a person reads (Art. 12(1), 15; the layered approach of EDPB 01/2022). */
export async function answerPage(
  answer: AccessAnswer,
  facts: PackageFacts,
  files: readonly ShownFile[],
): Promise<string> {
  const { request } = answer;
  const called = (node: string) => titleOf(facts, node);
  const controller = isNone(answer.controller) ? null : answer.controller;
  const sections = sectionsOf(answer, facts, files, called);
  return document({
    title: 'Your data',
    lead: html`${controller ? html`Answer of ${text(controller.legal_name)} to` : 'Answer to'} your request of ${day(request.received_at)}, given on ${day(request.answered_at)}.`,
    body: html`${verdict(answer)}
${factCards([
  ['places were searched', request.searched.stores.filter(({ status }) => status === 'searched').length],
  ['rows about you are in this package', itemsOf(answer.copy).reduce((sum, { rows }) => sum + rows, 0)],
  ['outside parties received data', new Set(itemsOf(answer.recipients).map(({ party }) => party)).size],
  ['times somebody looked you up', itemsOf(answer.consultations).length],
])}
<nav aria-label="Contents"><h2 id="contents">In this answer</h2><ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
${sections.map(({ id, title, article, pieces }) => section(id, title, article, ...pieces))}`,
    footer: html`<p>Request ${code(request.id)}. Times are in UTC. <a href="answer.json">answer.json</a> says the same for machines, after the schema in the folder <code>schema</code>; <a href="manifest.json">manifest.json</a> lists every file of this package with its SHA-256.</p>`,
  });
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly article: string | null;
  readonly pieces: readonly Piece[];
}

function verdict(answer: AccessAnswer): Piece {
  const confirmed = answer.processing_confirmed
    ? 'We process data about you. This page says what, why, where it went and what you can do.'
    : 'We looked in every place listed here and found no data about you.';
  return html`<p class="band">${confirmed}</p>
${answer.complete ? '' : html`<p class="band warn"><strong>This answer is incomplete.</strong> What is missing, and why, is said under <a href="#not-provided">What this answer does not contain</a>.</p>`}`;
}

function sectionsOf(
  answer: AccessAnswer,
  facts: PackageFacts,
  files: readonly ShownFile[],
  called: (node: string) => string | null,
): Section[] {
  const one = (id: string, title: string, article: string | null, ...pieces: Piece[]): Section => ({
    id,
    title,
    article,
    pieces,
  });
  return [
    ...(facts.lineage !== null && facts.lineage.edges.length > 0
      ? [one('path', 'The path of your data', null, pathFigure(facts.lineage, called))]
      : []),
    one('who', 'Who is responsible', 'Art. 15, 13(1)(a)', responsible(answer)),
    one('why', 'Why your data is used', 'Art. 15(1)(a)', purposes(answer)),
    one(
      'what',
      'What kinds of data',
      'Art. 15(1)(b)',
      stated(answer.categories, (all) => list(all.map(category))),
    ),
    one('recipients', 'Who received it', 'Art. 15(1)(c), 19', recipients(answer, called)),
    one('kept', 'Where it is kept, and how long', 'Art. 15(1)(d)', kept(answer)),
    one('sources', 'Where it came from', 'Art. 15(1)(g)', sources(answer, called)),
    one('decisions', 'Decisions by machine alone', 'Art. 15(1)(h), 22', decisions(answer)),
    one('transfers', 'Transfers to other countries', 'Art. 15(2), 44–49', transfers(answer, facts)),
    one('looked', 'Who looked at your data here', 'C-579/21', looks(answer)),
    one('copies', 'Your data itself', 'Art. 15(3)', copies(answer, files, called)),
    one('not-provided', 'What this answer does not contain', null, missing(answer, called)),
    one('rights', 'Your rights', 'Art. 15(1)(e)', rights(answer)),
    one('complain', 'Where you can complain', 'Art. 15(1)(f)', complain(answer)),
  ];
}

function stated<Item>(items: readonly Item[] | None, show: (items: readonly Item[]) => Piece): Piece {
  return isNone(items) ? html`<p>${text(items.none.text)}</p>` : show(items);
}

const category = (name: string): Piece => html`${text(categoryInWords(name))} ${code(name)}`;
const categories = (names: readonly string[]): string =>
  names.length === 0 ? 'not recorded' : names.map((name) => text(categoryInWords(name))).join('; ');
const place = (node: string, title: string | null): Piece =>
  title === null ? code(node) : html`${strong(title)}<br>${code(node)}`;

function countryName(countryCode: string | null): string {
  if (countryCode === null) return 'not known';
  return new Intl.DisplayNames(['en'], { type: 'region' }).of(countryCode) ?? countryCode;
}

function responsible({ controller }: AccessAnswer): Piece {
  if (isNone(controller)) return html`<p>${text(controller.none.text)}</p>`;
  const { legal_name, contact, country, representative, data_protection_officer } = controller;
  return list([
    html`<strong>${text(legal_name)}</strong>${country === null ? '' : `, ${countryName(country)}`}: ${text(contact)}`,
    ...(representative === null ? [] : [html`Representative in the Union: ${text(representative)}`]),
    ...(data_protection_officer === null ? [] : [html`Data protection officer: ${text(data_protection_officer)}`]),
  ]);
}

function purposes(answer: AccessAnswer): Piece {
  return stated(answer.purposes, (all) =>
    table(
      'Purposes and what allows them',
      ['Purpose', 'On which legal basis', 'Interests pursued'],
      all.map(({ data_use, title, legal_basis, interests }) => [
        html`${strong(title ?? useInWords(data_use))}<br>${code(data_use)}`,
        legal_basis === null ? 'in the letter that came with this package' : basisInWords(legal_basis),
        interests === null ? '–' : text(interests),
      ]),
    ),
  );
}

function recipients(answer: AccessAnswer, called: (node: string) => string | null): Piece {
  return stated(answer.recipients, (all) =>
    table(
      'Every outside party that your data was seen to go to',
      ['Recipient', 'Role', 'Country', 'First and last', 'Times', 'Kinds of data', 'Through'],
      all.map((each) => [
        html`${strong(each.legal_name ?? 'Name not known')}<br>${code(each.node)}${each.contact === null ? '' : html`<br>${text(each.contact)}`}`,
        each.role === null ? 'not stated' : each.role.replaceAll('_', ' '),
        countryName(each.country),
        html`${day(each.first_disclosed)} –<br>${day(each.last_disclosed)}`,
        String(each.count),
        categories(each.categories),
        each.via.map((node) => text(called(node) ?? node)).join(', ') || '–',
      ]),
    ),
  );
}

function kept(answer: AccessAnswer): Piece {
  const retention = new Map(itemsOf(answer.retention).map((each) => [each.store, each]));
  const { stores } = answer.request.searched;
  if (stores.length === 0) return stated(answer.retention, () => '');
  return table(
    'Every place that was asked for data about you',
    ['Place', 'Searched', 'Rows', 'Kept for', 'Until', 'In backups until'],
    stores.map((store) => {
      const rule = retention.get(store.id);
      const period = rule?.period == null ? null : periodInWords(rule.period);
      return [
        place(store.id, store.title),
        store.status === 'searched'
          ? html`<span class="tag good">yes</span> ${day(store.searched_at ?? '')}`
          : html`<span class="tag warn">no</span> ${text(store.reason ?? store.status)}`,
        store.rows_found === null ? '–' : String(store.rows_found),
        text(period ?? rule?.criteria ?? 'not stated'),
        rule?.expires_at == null ? 'not stated' : day(rule.expires_at),
        rule?.backups_until ?? 'not stated',
      ];
    }),
  );
}

function sources(answer: AccessAnswer, called: (node: string) => string | null): Piece {
  return stated(answer.sources, (all) =>
    table(
      'Where data about you came in',
      ['Source', 'Place', 'First seen', 'Kinds of data'],
      all.map((each) => [
        strong(each.name ?? called(each.party) ?? each.party),
        place(each.party, called(each.party)),
        each.first_seen === null ? 'not recorded' : day(each.first_seen),
        categories(each.categories),
      ]),
    ),
  );
}

function decisions(answer: AccessAnswer): Piece {
  return stated(
    answer.automated_decisions,
    (all) =>
      html`${all.map(
        (each) => html`<h3>${text(each.name)}</h3>
<p class="note">${each.touched === null ? 'Whether this was used about you is not recorded.' : each.touched ? 'Your data passed through what takes this decision.' : 'Your data was not seen to pass through what takes this decision.'}</p>
${list([
  html`<strong>How it works:</strong> ${text(each.logic)}`,
  html`<strong>What it means:</strong> ${text(each.significance)}`,
  html`<strong>What can follow:</strong> ${text(each.envisaged_consequences)}`,
  html`<strong>Review by a person:</strong> ${text(each.human_review ?? 'You may ask for one, say what you think and contest the decision (Art. 22(3)).')}`,
])}`,
      )}`,
  );
}

function transfers(answer: AccessAnswer, { parties }: PackageFacts): Piece {
  return stated(answer.transfers, (all) =>
    table(
      'Recipients outside the controller’s country',
      ['Recipient', 'Country', 'Safeguard'],
      all.map((each) => [
        strong(parties.find(({ id }) => id === each.party)?.legalName ?? each.party),
        countryName(each.country),
        each.mechanism === null ? 'not stated' : html`${text(mechanismInWords(each.mechanism))}`,
      ]),
    ),
  );
}

function looks(answer: AccessAnswer): Piece {
  return stated(answer.consultations, (all) =>
    table(
      'Each look at your data in this system, and why',
      ['When', 'Why', 'By'],
      all.map((each) => [minute(each.at), text(each.purpose ?? 'not stated'), each.actor_category]),
    ),
  );
}

function copies(answer: AccessAnswer, files: readonly ShownFile[], called: (node: string) => string | null): Piece {
  return stated(answer.copy, (all) => {
    const redacted = all.flatMap((copy) => copy.redactions.map((each) => ({ ...each, store: copy.store })));
    return html`<p>Every row that was found about you is in the folder <code>data</code>, once for spreadsheets and once as delivered. <a href="fields.json">fields.json</a> says what each column means.</p>
${dataPreviews(files, called)}
${redacted.length === 0 ? '' : html`<h3>Left out to protect other people <small>Art. 15(4)</small></h3>${list(redacted.map(({ store, reason, count }) => html`${text(called(store) ?? store)}, ${counted(count, 'time')}: ${redactionInWords(reason)}`))}`}
<h3>What we observed of your path</h3>
<p><a href="telemetry.json">telemetry.json</a> holds our own records about you, and <a href="lineage.json">lineage.json</a> the same path in the form of W3C PROV. They name you by a random id: ${answer.pseudonym_disclosure.subject_ids.map((id) => html`${code(id)} `)}</p>`;
  });
}

function missing(answer: AccessAnswer, called: (node: string) => string | null): Piece {
  if (answer.not_provided.length === 0) return html`<p>Nothing is missing.</p>`;
  return table(
    'What is missing, and why',
    ['What', 'Why', 'Code'],
    answer.not_provided.map(({ what, reason_code, text: why }) => [
      strong(called(what) ?? capital(what.replaceAll('_', ' '))),
      text(why),
      code(reason_code),
    ]),
  );
}

function rights(answer: AccessAnswer): Piece {
  return html`<p>You may</p>${list(itemsOf(answer.rights).map(rightInWords))}<p>Asking costs you nothing, and we answer within a month.</p>`;
}

function complain({ complaint_authority }: AccessAnswer): Piece {
  const court = 'You may also go to court (Art. 79).';
  if (isNone(complaint_authority)) return html`<p>${text(complaint_authority.none.text)} ${court}</p>`;
  const { name, url } = complaint_authority;
  return html`<p>${text(name)}, <a href="${url}" rel="noreferrer noopener">${text(url)}</a>. ${court}</p>`;
}
