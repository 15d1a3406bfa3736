import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { expect, test } from 'vitest';

/** What docs/instrument.md shows to those who have no SDK of ours: it has to make the tokens that everybody else makes. */

const page = readFileSync(path.resolve(import.meta.dirname, '../docs/instrument.md'), 'utf8');
const [sample = ''] = [...page.matchAll(/^```python\n(.*?)^```/gms)].map(([, block]) => block);
const acme = { key: new Secret(new Uint8Array(32).fill(7)), tenant: 'acme', kid: 'k2026a' };
const PEOPLE = [
  ['email', 'janedoe@example.com'],
  ['email', ' Jane.Doe+x@Exämple.COM '],
  ['email', '"a@b"@Example.com.'],
  ['customer_id', 'C-1002'],
  ['customer_id', 'c-1002 '],
  ['customer_id', 'e\u0301tienne'],
] as const;

test('the Python function of the page makes the token that the SDK makes', () => {
  const asked = `${sample}\nimport json, sys\nfor type, value in json.load(sys.stdin):\n    print(subject_token(b"\\x07" * 32, "acme", "k2026a", type, value))\n`;
  const told = execFileSync('python3', ['-c', asked], { input: JSON.stringify(PEOPLE), encoding: 'utf8' });
  expect(told.trim().split('\n')).toEqual(
    PEOPLE.map(([type, value]) => subjectToken(acme, type, normalise(type, value))),
  );
});

test.each(['janedoe@example.com', ' Jane.Doe+x@Exämple.COM '])(
  'the token that the page gives for %j is right',
  (address) => {
    const token = subjectToken(acme, 'email', normalise('email', address));
    expect(page.replaceAll(/\s+/g, ' ')).toContain(`\`${address}\` is \`${token}\``);
  },
);
