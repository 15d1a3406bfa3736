import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvCell, csvLine, fileSlug, safeJson, visible } from './safe-text.ts';

const anything = fc.string({ unit: 'binary', maxLength: 40 });
const hostile = fc.oneof(
  anything,
  fc
    .tuple(
      fc.constantFrom('=', '+', '-', '@', '\t=', '\r=', ' =', '"=', '\u00a0=', '\uff1d', '\uff20', '%0A', '|'),
      anything,
    )
    .map(([start, rest]) => start + rest),
);
/** What RFC 4180 reads out of one quoted cell. */
const read = (cell: string) => cell.slice(1, -1).replaceAll('""', '"');

describe('a cell of a CSV file', () => {
  test('never begins like a formula, whatever was in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const value = read(csvCell(text));
        if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return;
        expect(value).not.toMatch(/^[\s"\u00a0\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/);
        expect(value).not.toMatch(/^[\t\r\n]/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('cannot leave its quotes', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), (texts) => {
        const line = csvLine(texts);
        const outside = line.slice(0, -2).replaceAll(/"(?:[^"]|"")*"/g, '');
        expect(outside).toBe(','.repeat(texts.length - 1));
      }),
    );
  });

  test('is the value itself where nothing is to be feared', () => {
    expect(csvLine(['a "b"', 12, -3.5, true, null, { c: [1] }, '-4'])).toBe(
      '"a ""b""","12","-3.5","true","","{""c"":[1]}","-4"\r\n',
    );
    expect(csvCell(`=HYPERLINK("https://evil.example")`)).toBe(`"'=HYPERLINK(""https://evil.example"")"`);
    expect(csvCell('-2+3+cmd|" /C calc"!A0')).toBe(`"'-2+3+cmd|"" /C calc""!A0"`);
    expect(csvCell('line\nnext')).toBe('"line\nnext"');
  });
});

test('text for people shows what would turn or hide it', () => {
  expect(visible('a\u202etxt.exe\u0000\u200b\u{1f600}')).toBe('a⟨U+202E⟩txt.exe⟨U+0000⟩⟨U+200B⟩\u{1f600}');
  expect(visible('\ud800x')).toBe('⟨U+D800⟩x');
});

test('JSON says the same and holds no character that acts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anything, (value, text) => {
      const given = { value, text, bidi: '\u202e\u2028\u007f' };
      const line = safeJson(given);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(given)));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/);
    }),
  );
});

test('a file name made of a store’s name leads nowhere', () => {
  fc.assert(
    fc.property(
      fc.oneof(anything, fc.constantFrom('../../etc/passwd', 'C:\\x', '/abs', 'a\u0000b', '....//')),
      (name) => {
        expect(fileSlug(name)).toMatch(/^[a-z0-9][a-z0-9-]{0,59}$/);
      },
    ),
  );
});
