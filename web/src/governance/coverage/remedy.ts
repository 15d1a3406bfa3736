import { kindOf } from '../parts/node-kind.tsx';

/** Where in the code a touch is made that nobody says the people of. */
export interface Hole {
  readonly service: string;
  readonly scope: string;
  readonly name: string;
  readonly peer: string;
  readonly touches: number;
  readonly attributed: number;
}

export type Remedy = 'subject' | 'message' | 'bulk' | 'recipient';

/** Instrumentations of brokers call their spans after what is done with a message. */
const CONSUMES = /\b(process|receive|consume|poll|settle)\b/i;
const BULK = /\b(batch|bulk|import|export|sync|backfill|insertmany|createmany|updatemany)\b/i;

/**
 * What closes a hole: usually to name the person where the work begins. Messages carry the person in their headers, bulk
 * work names a set of people, and who receives data is declared with what it receives.
 */
export function remedyOf({ scope, name, peer }: Pick<Hole, 'scope' | 'name' | 'peer'>): Remedy {
  const kind = kindOf(peer);
  if (kind === 'queue' && CONSUMES.test(`${name} ${scope}`)) return 'message';
  if (BULK.test(name)) return 'bulk';
  if (kind === 'recipient') return 'recipient';
  if (kind === 'queue') return 'message';
  return 'subject';
}

/** Holes that hide the most first. */
export const holesOf = <Row extends Hole>(callSites: readonly Row[]): Row[] =>
  callSites
    .filter(({ touches, attributed }) => attributed < touches)
    .toSorted((a, b) => b.touches - b.attributed - (a.touches - a.attributed));

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Lines of the SDK that close the hole, with its own names in them. */
export function snippetOf({ name, peer }: Pick<Hole, 'name' | 'peer'>, remedy: Remedy): string {
  const note = (text: string) => `// ${text}`;
  switch (remedy) {
    case 'message':
      return [
        "import { withMessage } from '@vestige/sdk';",
        '',
        note('each message carries the person it is about in its headers'),
        'for (const message of batch.messages) {',
        '  await withMessage(message.headers, () => handle(message));',
        '}',
      ].join('\n');
    case 'bulk':
      return [
        "import { registerSubjectSet, withSubject } from '@vestige/sdk';",
        '',
        note('everybody in this run, named once'),
        "const identifiers = rows.map(({ email }) => ({ type: 'email', value: email }));",
        'const { set } = await registerSubjectSet({ url, apiKey }, { identifiers });',
        `await withSubject({ set }, () => run(rows)); ${note(name)}`,
      ].join('\n');
    case 'recipient':
      return [
        "import { defineRecipient, withSubject } from '@vestige/sdk';",
        '',
        `const recipient = defineRecipient(${quoted(peer)});`,
        "const identifiers = [{ type: 'email', value: email }];",
        'await withSubject({ identifiers, purpose }, () =>',
        `  recipient.share({}, () => send()), ${note(name)}`,
        ');',
      ].join('\n');
    default:
      return [
        "import { withSubject } from '@vestige/sdk';",
        '',
        note('where the work for one person begins'),
        "const identifiers = [{ type: 'email', value: email }];",
        'await withSubject({ identifiers, purpose }, () =>',
        `  handle(request), ${note(`… ${name}`)}`,
        ');',
      ].join('\n');
  }
}
