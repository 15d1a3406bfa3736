import { html } from 'hono/html';
import type { AccessAnswer } from './access-answer.ts';

/**
 * The layer a person reads (Art. 12(1)). One file without scripts, images or anything from elsewhere: its content comes
 * from other people's systems (FM7), so every value is escaped and the policy allows nothing but the inline style.
 */
export async function answerPage(answer: AccessAnswer, complete: boolean): Promise<string> {
  const { request } = answer;
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Your data</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #ccc; padding: .35rem .5rem; }
.incomplete { border: 2px solid #a00; padding: .5rem 1rem; }
</style>
</head>
<body>
<h1>Your data</h1>
<p>Answer to request ${request.id}, received ${day(request.received_at)}, answered ${day(request.answered_at)}.</p>
${complete ? '' : html`<p class="incomplete"><strong>This answer is incomplete.</strong> Some places could not be searched; they are listed below.</p>`}
<p>${answer.processing_confirmed ? 'We process data about you.' : 'We found no data about you.'}</p>

<h2>Why we use it</h2>
${list(answer.purposes.map(({ data_use }) => data_use))}
<h2>What kinds of data</h2>
${list(answer.categories)}
<h2>Who received it</h2>
${table(
  ['Recipient', 'Role', 'Country', 'First', 'Last', 'Times', 'Kinds of data', 'Through'],
  answer.recipients.map((each) => [
    each.legal_name ?? `${each.party} (legal entity not registered)`,
    each.role ?? 'not stated',
    each.country ?? 'not known',
    day(each.first_disclosed),
    day(each.last_disclosed),
    String(each.count),
    each.categories.join(', '),
    each.via.join(', '),
  ]),
)}
<h2>Where it is kept, and how long</h2>
${table(
  ['Place', 'Searched', 'Kept for', 'Until'],
  request.searched.stores.map((store) => {
    const kept = answer.retention.find((each) => each.store === store.id);
    const searched =
      store.status === 'searched' ? `yes, ${day(store.searched_at ?? '')}` : `no: ${store.reason ?? store.status}`;
    return [store.id, searched, kept?.period ?? 'not stated', kept?.expires_at ? day(kept.expires_at) : 'not stated'];
  }),
)}
<h2>Where it came from</h2>
${table(
  ['Source', 'First seen', 'Kinds of data'],
  answer.sources.map((source) => [source.party, day(source.first_seen), source.categories.join(', ')]),
)}
<h2>Transfers to other countries</h2>
${table(
  ['Recipient', 'Country', 'Safeguard'],
  answer.transfers.map((each) => [each.party, each.country ?? '', each.mechanism ?? 'not stated']),
)}
<h2>Who looked at your data here</h2>
${table(
  ['When', 'Why', 'Who'],
  answer.consultations.map((each) => [each.at, each.purpose ?? 'not stated', each.actor_category]),
)}
<h2>Copies in this package</h2>
${table(
  ['Place', 'File', 'Rows'],
  answer.copy.map((each) => [each.store, each.file, String(each.rows)]),
)}
<h2>What this answer does not contain</h2>
${table(
  ['What', 'Why'],
  answer.not_provided.map((each) => [each.what, each.text]),
)}
<h2>Your rights</h2>
<p>You may ask for ${answer.rights.join(', ')}. You may complain to a supervisory authority and go to court.</p>
</body>
</html>
`;
  return page.toString();
}

const day = (instant: string) => instant.slice(0, 10);

function list(items: readonly string[]) {
  return items.length === 0
    ? html`<p>Nothing recorded.</p>`
    : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]) {
  if (rows.length === 0) return html`<p>Nothing recorded.</p>`;
  return html`<table><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
}
