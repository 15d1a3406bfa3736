import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SpanColumns } from '../events/span-columns.ts';
import { addReadSpan } from '../events/span-row-columns.ts';
import { aSpan } from '../events/testing/spans.ts';
import { writtenBlock } from './native-block.ts';
import { mergeRows, readNativeRows, selectRows, writeNativeRows } from './native-rows.ts';

/** A block of spans named by these texts; the text is in every kind of column. */
function blockOf(names: readonly string[]): Buffer {
  const columns = new SpanColumns(1);
  const process = columns.takeProcess({ service: 'service:a', instance: '', resource: '{}' });
  names.forEach((name, index) => {
    const span = aSpan({
      name,
      traceId: String(index + 1).padStart(32, '0'),
      spanId: String(index + 1).padStart(16, '0'),
      conversation: name,
      attrs: { [name]: name, fixed: 'x' },
      categories: index % 2 === 0 ? [name, 'b'] : [],
      recordRefs: name === '' ? [] : [`store:a#${name}`],
      events: index % 3 === 0 ? [{ timeNs: 5n, name, attrs: { at: name } }] : [],
      links: index % 2 === 0 ? [] : [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    });
    addReadSpan(columns, span, process);
  });
  return writtenBlock(columns.block(7)).bytes;
}

const names = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 12 });

describe('rows of Native blocks', () => {
  test('a block that is read and written is the same block', () => {
    fc.assert(
      fc.property(names, (texts) => {
        const block = blockOf(texts);
        expect(writeNativeRows(readNativeRows(block)).equals(block)).toBe(true);
      }),
    );
  });

  test('all rows of two blocks are the rows of one, whichever way they are put together', () => {
    fc.assert(
      fc.property(names, names, (left, right) => {
        const merged = mergeRows([blockOf(left), blockOf(right)].map((block) => readNativeRows(block)));
        const swapped = mergeRows([blockOf(right), blockOf(left)].map((block) => readNativeRows(block)));
        const order = Uint32Array.from([...right.keys()].map((row) => left.length + row).concat([...left.keys()]));
        expect(textsOf(selectRows(merged, order))).toEqual(textsOf(swapped));
      }),
    );
  });

  test('a row is kept, left out and repeated as asked', () => {
    const rows = readNativeRows(blockOf(['a', 'b', 'c']));
    expect(textsOf(selectRows(rows, Uint32Array.of(2, 0, 0)))).toEqual(['c', 'a', 'a']);
    expect(textsOf(selectRows(rows, new Uint32Array(0)))).toEqual([]);
  });

  test('a dictionary of more than 256 texts has wider codes, and keeps its texts', () => {
    const many = Array.from({ length: 700 }, (_, index) => `name ${index}`);
    const block = blockOf(many);
    expect(textsOf(readNativeRows(block))).toEqual(many);
    expect(writeNativeRows(readNativeRows(block)).equals(block)).toBe(true);
  });

  test('a block that ends early, or goes on, is damaged', () => {
    const block = blockOf(['a']);
    expect(() => readNativeRows(block.subarray(0, block.length - 1))).toThrow('damaged');
    expect(() => readNativeRows(Buffer.concat([block, Buffer.of(1)]))).toThrow('damaged');
  });
});

/** The column `name` of each row. */
function textsOf({ columns }: ReturnType<typeof readNativeRows>): string[] {
  const values = columns.find(({ name }) => name === 'name')?.values;
  if (values?.kind !== 'dictionary') throw new Error('no dictionary');
  return Array.from(values.codes, (code) => Buffer.from(values.keys[code] ?? []).toString());
}
