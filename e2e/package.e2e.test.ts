import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Customer, type Desk, declare, openDesk, tokenOf } from './src/package/desk.ts';
import { unpack } from './src/package/unpack.ts';

/**
 * Whoever else is in the same tables, the same conversation and the same spans: nothing of them is in the package.
 * Through the real collector, worker and API, with the company's notice and without it.
 */
let desk: Desk;
let people = 0;
beforeAll(async () => {
  desk = await openDesk();
  await desk.call({
    method: 'PUT',
    path: '/v1/parties',
    json: { id: 'mail-provider.example', legalName: 'Mail Provider Inc.', role: 'processor', country: 'US' },
  });
});
afterAll(() => desk?.close());

/** Marked values, so that finding one in a file means that it came from that person and from nowhere else. */
const customer = fc
  .record({
    local: fc.stringMatching(/^[a-z][a-z0-9.+_-]{0,12}[a-z0-9]$/),
    upper: fc.boolean(),
    text: fc.string({ unit: 'binary', maxLength: 40 }),
  })
  .map(({ local, upper, text }) => (n: number): Customer => {
    const email = `${local}.p${n}p@example.com`;
    return {
      id: `c-${n}-c`,
      email: upper ? email.toUpperCase() : email,
      name: `name<${n}>name ${text}`,
      note: `note<${n}>note ${text}`,
      message: `message<${n}>message ${text}`,
    };
  });

test('a package holds its person, and of anybody else no value, identifier, token or subject id', async () => {
  let declared = false;
  await fc.assert(
    fc.asyncProperty(
      fc.array(customer, { minLength: 2, maxLength: 5 }),
      fc.constantFrom('access' as const, 'portability' as const),
      async (makers, type) => {
        const all = makers.map((make) => {
          people += 1;
          return make(people);
        });
        const [person, ...others] = all as [Customer, ...Customer[]];
        await desk.serve(all);
        if (people > 12 && !declared) {
          await declare(desk);
          declared = true;
        }
        // Nothing is portable before the company has said what it is used for.
        const kind = declared ? type : 'access';
        const id = await desk.answered(kind, person);
        const { text } = await desk.call({ method: 'GET', path: `/v1/requests/${id}/package` });
        const files = await unpack(Buffer.from(text, 'latin1'));
        const subjectOf = async ({ email }: Customer): Promise<string> => {
          const json = { identifiers: [{ type: 'email', value: email }] };
          return (await desk.call({ method: 'POST', path: '/v1/subjects/resolve', json })).json.subjectId;
        };
        const marks: string[] = [];
        for (const other of others) {
          const n = /\d+/.exec(other.id)?.[0] ?? '';
          marks.push(other.id, `name<${n}>`, `note<${n}>`, `message<${n}>`, `.p${n}p@`);
          marks.push(tokenOf(desk, other), await subjectOf(other));
        }
        const whole = [...files].map(([name, content]) => `${name}\n${content}`).join('\n');
        const shown = whole.replaceAll('&lt;', '<').replaceAll('&gt;', '>').toLowerCase();
        expect(marks.filter((mark) => shown.includes(mark.toLowerCase()))).toEqual([]);
        const own = /\d+/.exec(person.id)?.[0] ?? '';
        expect([person.id, `name<${own}>`, `message<${own}>`].filter((mark) => !shown.includes(mark))).toEqual([]);
      },
    ),
    // Half a minute each on a slow machine: shrinking would take hours, and the marks say whose data it is.
    { numRuns: 6, endOnFailure: true },
  );
});
