import { dateTimeText } from '../parts/date-time.tsx';
import { people } from '../texts/en-people.ts';
import { readable } from './completeness-note.tsx';
import type { Lineage } from './path/graph.ts';
import { countryName, labelOfId } from './path/node-label.ts';
import './print-sheet.css';

export interface Sheet {
  readonly title: string;
  /** When and why it was printed. */
  readonly printed: string;
  readonly answer: Lineage;
  readonly pictureSvg: string;
}

/**
 * Prints a person's path: picture, recipients, residency and what is not known, on a sheet that stands beside the page
 * while the browser prints (print-sheet.css hides everything else then) and is gone afterwards.
 */
export async function printSheet({ title, printed, answer, pictureSvg }: Sheet): Promise<void> {
  const url = URL.createObjectURL(new Blob([pictureSvg], { type: 'image/svg+xml' }));
  const sheet = element('div', 'print-sheet');
  const picture = new Image();
  picture.src = url;
  picture.alt = people.path.summary(answer.nodes.length, answer.edges.length);
  await picture.decode();
  sheet.append(
    element('h1', '', title),
    element('p', '', printed),
    element('p', 'print-statement', readable(answer.completeness.statement)),
    picture,
    table(people.recipients.title, Object.values(people.recipients.columns), recipientRows(answer)),
    table(people.residency.title, Object.values(people.residency.columns), residencyRows(answer)),
  );
  document.body.append(sheet);
  addEventListener(
    'afterprint',
    () => {
      sheet.remove();
      URL.revokeObjectURL(url);
    },
    { once: true },
  );
  print();
}

const time = (at: string | null) => (at === null ? '–' : dateTimeText(at));

function recipientRows({ nodes, recipients }: Lineage): string[][] {
  const names = new Map(nodes.flatMap(({ party }) => (party === null ? [] : [[party.id, party.legalName]])));
  return recipients.map((row) => [
    names.get(row.party) ?? row.party,
    countryName(row.country) || '–',
    labelOfId(row.node),
    row.via.map(labelOfId).join(', '),
    row.categories.join(', ') || '–',
    row.purposes.join(', ') || '–',
    String(row.count),
    time(row.firstDisclosed),
    time(row.lastDisclosed),
  ]);
}

function residencyRows({ residency }: Lineage): string[][] {
  return residency.map((row) => [
    row.store,
    people.residency.states[row.state],
    row.records === 0 ? people.residency.whole : String(row.records),
    people.path.confidences[row.confidence].name,
    time(row.lastWrite),
    time(row.lastDelete),
    time(row.retentionUntil),
  ]);
}

/** Text only: what comes from spans is never read as markup. */
function table(caption: string, names: readonly string[], rows: readonly string[][]): HTMLElement {
  const made = element('table');
  const head = element('tr');
  head.append(...names.map((name) => element('th', '', name)));
  const body = rows.map((row) => {
    const line = element('tr');
    line.append(...row.map((cell) => element('td', '', cell)));
    return line;
  });
  const [thead, tbody] = [element('thead'), element('tbody')];
  thead.append(head);
  tbody.append(...body);
  made.append(element('caption', '', caption), thead, tbody);
  return made;
}

function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}
