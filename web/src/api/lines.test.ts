import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from './lines.ts';

function bodyOf(chunks: Iterable<Uint8Array | Promise<Uint8Array>>): ReadableStream<Uint8Array> {
  const given = chunks[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = given.next();
      if (done) controller.close();
      else controller.enqueue(await value);
    },
  });
}
const bytes = (text: string) => new TextEncoder().encode(text);

async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of linesOf(bodyOf(chunks))) values.push(value);
  return values;
}

test('wherever the network cuts an answer, also inside a letter, its lines are the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ name: fc.string({ unit: 'grapheme' }) }), { maxLength: 5 }),
      fc.array(fc.nat(200), { maxLength: 8 }),
      fc.boolean(),
      async (values, cuts, isEnded) => {
        const whole = bytes(values.map((value) => JSON.stringify(value)).join('\n') + (isEnded ? '\n' : ''));
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, i) => whole.slice(at[i], end));
        expect(await read(chunks)).toEqual(values);
      },
    ),
  );
});

test('a line is told before the next one has come', async () => {
  let goOn: () => void = () => undefined;
  const later = new Promise<Uint8Array>((resolve) => {
    goOn = () => resolve(bytes('t":2}\n'));
  });
  const lines = linesOf(bodyOf([bytes('{"part":1}\n{"par'), later]));
  expect(await lines.next()).toEqual({ done: false, value: { part: 1 } });
  goOn();
  expect(await lines.next()).toEqual({ done: false, value: { part: 2 } });
  expect(await lines.next()).toMatchObject({ done: true });
});

test('an answer that was cut off is no answer', async () => {
  await expect(read([bytes('{"part":1}\n{"part"')])).rejects.toThrow(SyntaxError);
});
