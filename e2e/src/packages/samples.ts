import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

/** What a reader brings: the names that the samples use and do not make. */
const BROUGHT: Readonly<Record<string, string>> = {
  tenant: `const tenant = 'acme';`,
  endpoint: `const endpoint = process.env['COLLECTOR_URL'] ?? 'http://127.0.0.1:4318';`,
  apiKey: `const apiKey = 'vst_0123456789abcdef_secret';`,
  subjectKey: `const subjectKey = Buffer.alloc(32, 7).toString('base64');`,
  kid: `const kid = 'k1';`,
  spoolDir: `const spoolDir = process.env['SPOOL_DIR'] ?? 'spool';`,
  email: `const email = 'mona@example.com';`,
  id: `const id = 'c-1';`,
  db: `const db = { customer: async (key: string) => ({ key }) };`,
  answer: `const answer = async (question: string) => question;`,
  question: `const question = 'Where is my parcel?';`,
  mailer: `const mailer = { send: async (to: string) => to.length };`,
  openMyStore: `declare const openMyStore: Parameters<typeof conformance>[0];`,
  test: `declare function test(name: string, run: () => Promise<void>): void;`,
};

export interface Sample {
  /** Where it stands, e.g. `sdk/README.md 2`. */
  readonly name: string;
  /** A file name for it. */
  readonly file: string;
  /** The sample after what a reader brings along. */
  readonly text: string;
}

/** Every fenced block of TypeScript on these pages, word for word, with what it needs from its reader before it. */
export function samplesOf(pages: readonly string[]): Sample[] {
  return pages.flatMap((page) =>
    [...readFileSync(path.join(root, page), 'utf8').matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(
      ([, indent = '', block = ''], i) => {
        const shown = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
        const brought = Object.entries(BROUGHT)
          .filter(([name]) => uses(shown, name))
          .map(([, line]) => line);
        return {
          name: `${page} ${i + 1}`,
          file: `${page.replaceAll(/\W/g, '-')}-${i + 1}.ts`,
          text: `${brought.join('\n')}\n${shown}`,
        };
      },
    ),
  );
}

/** As a value: not a property, not declared by the sample itself. */
function uses(text: string, name: string): boolean {
  if (new RegExp(`\\b(const|function|let) ${name}\\b`).test(text)) return false;
  return new RegExp(`(?<![.\\w'"$])${name}(?![\\w'":])`).test(text);
}
