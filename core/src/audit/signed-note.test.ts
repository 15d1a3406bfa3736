import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { openCheckpoint, parseVerifierKeys, readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { noteSigner, parseVerifierKey } from './note-key.ts';
import { openNote, signNote } from './signed-note.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';

const origin = 'vestige.example.com/audit/acme';
const keyPair = () => new Secret(generateKeyPairSync('ed25519').privateKey);
const signer = noteSigner(origin, keyPair());
const successor = noteSigner(origin, keyPair());

describe('published notes', () => {
  test('the example of signed-note opens with its key', () => {
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    const note =
      'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(openNote(note, [key]).text).toBe('This is an example message.\n');
    expect(() => openNote(note.replace('example m', 'exAmple m'), [key])).toThrow('does not verify');
  });

  test('the note that two keys of the Go checksum tools have signed opens with either and with both', () => {
    const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    const enoch = parseVerifierKey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
    const note = [
      'If you think cryptography is the answer to your problem,',
      "then you don't know what your problem is.",
      '',
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
      '\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=',
      '',
    ].join('\n');
    expect(openNote(note, [peter]).signedBy).toEqual([peter]);
    expect(openNote(note, [enoch]).signedBy).toEqual([enoch]);
    expect(openNote(note, [peter, enoch]).signedBy).toEqual([peter, enoch]);
  });
});

describe('a note of ours', () => {
  const text = 'one line\n\nafter an empty one\n';

  test('opens with its key and with no other', () => {
    const note = signNote(text, [signer]);
    expect(openNote(note, [signer])).toMatchObject({ text, signedBy: [signer] });
    expect(() => openNote(note, [successor])).toThrow('no known key');
    expect(() => openNote(note, [])).toThrow('no known key');
  });

  test('signed by a key and its successor opens with each of them', () => {
    const note = signNote(text, [signer, successor]);
    expect(openNote(note, [signer]).signedBy).toEqual([signer]);
    expect(openNote(note, [successor]).signedBy).toEqual([successor]);
  });

  test('with one byte changed anywhere never opens as something else', () => {
    const note = Buffer.from(signNote(text, [signer]));
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Buffer.from(note);
        changed[at] = (changed[at] ?? 0) ^ bits;
        let opened: string | null = null;
        try {
          opened = openNote(changed.toString('utf8'), [signer]).text;
        } catch {
          // Refused: what it should be.
        }
        expect([null, text]).toContain(opened);
      }),
    );
  });

  test('is condemned by a wrong signature of a known key, though another one holds', () => {
    const wrong = signNote('something else\n', [successor]).split('\n').at(-2);
    expect(() => openNote(`${signNote(text, [signer])}${wrong}\n`, [signer, successor])).toThrow('does not verify');
  });

  test('carries no control characters and ends with a newline', () => {
    for (const bad of ['no newline', 'tab\there\n', 'return\r\n']) {
      expect(() => signNote(bad, [signer])).toThrow('cannot be signed');
    }
    expect(() => openNote('text\r\n\n\u2014 a YWJjZGVmZw==\n', [signer])).toThrow('no signed note');
  });
});

describe('a verifier key', () => {
  test('is the text that opens its notes elsewhere', () => {
    const parsed = parseVerifierKey(signer.text);
    expect(openNote(signNote('x\n', [signer]), [parsed]).signedBy).toEqual([parsed]);
  });

  test('with a wrong id, another algorithm or a name with spaces is refused', () => {
    const [name = '', id = '', ...key] = signer.text.split('+');
    const wrong = [
      `${name}+${id.replace(/^./, (c) => (c === '0' ? '1' : '0'))}+${key.join('+')}`,
      'a+b+c',
      `a b+${id}+x`,
    ];
    for (const text of wrong) expect(() => parseVerifierKey(text)).toThrow('verifier key');
  });

  test('of one private key differs by name, so a log cannot speak for another', () => {
    const key = keyPair();
    const [acme, rival] = [noteSigner('log/acme', key), noteSigner('log/rival', key)];
    expect(acme.text).not.toBe(rival.text);
    expect(() => openNote(signNote('x\n', [acme]), [rival])).toThrow('no known key');
  });

  test('file may hold comments and several keys', () => {
    expect(parseVerifierKeys(`# ours\n\n${signer.text}\n${successor.text}\n`)).toHaveLength(2);
  });

  test('is Ed25519 or nothing', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => noteSigner(origin, new Secret(privateKey))).toThrow('Ed25519');
  });
});

describe('a checkpoint', () => {
  const checkpoint = { origin, size: 20_852_163, root: Buffer.alloc(32, 7) };
  const note = signCheckpoint(checkpoint, [signer]);

  test('says origin, size and root, a line each', () => {
    expect(note.split('\n').slice(0, 4)).toEqual([origin, '20852163', Buffer.alloc(32, 7).toString('base64'), '']);
    expect(openCheckpoint(note, origin, [signer])).toMatchObject({ size: 20_852_163, signedBy: [signer] });
    expect(readCheckpoint(note)).toEqual({ ...checkpoint, root: checkpoint.root });
  });

  test('of another log is refused though its signature holds', () => {
    expect(() => openCheckpoint(note, 'vestige.example.com/audit/rival', [signer])).toThrow('another log');
  });

  test.each(['01', '-1', '1.5', ' 1', '', '99999999999999999'])('with the size "%s" is refused', (size) => {
    const odd = signNote(`${origin}\n${size}\n${Buffer.alloc(32).toString('base64')}\n`, [signer]);
    expect(() => openCheckpoint(odd, origin, [signer])).toThrow();
  });

  test('with extension lines is read by its first three', () => {
    const more = signNote(`${origin}\n3\n${Buffer.alloc(32).toString('base64')}\nextension\n`, [signer]);
    expect(openCheckpoint(more, origin, [signer]).size).toBe(3);
  });
});

describe('a proof file', () => {
  test('has the lines of tlog-proof@v1', () => {
    const text = formatTlogProof({
      extra: Buffer.from('{}'),
      index: 73_894,
      hashes: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
      checkpoint: 'example.com/fancylog\n109482\nx\n\n\u2014 a b\n',
    });
    expect(text).toBe(
      'c2sp.org/tlog-proof@v1\nextra e30=\nindex 73894\n' +
        'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n' +
        '\nexample.com/fancylog\n109482\nx\n\n\u2014 a b\n',
    );
  });

  test('is read as it was written', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.option(fc.uint8Array()), fc.nat(), fc.array(hash, { maxLength: 53 }), (extra, index, hashes) => {
        const proof = {
          extra: extra && Buffer.from(extra),
          index,
          hashes: hashes.map((each) => Buffer.from(each)),
          checkpoint: 'o\n1\nr\n\n\u2014 n s\n',
        };
        expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof);
      }),
    );
  });

  test.each([
    'c2sp.org/tlog-proof@v2\nindex 1\n\nx',
    'c2sp.org/tlog-proof@v1\nindex 01\n\nx',
    'c2sp.org/tlog-proof@v1\nindex 1\nshort\n\nx',
    'c2sp.org/tlog-proof@v1\nextra ?\nindex 1\n\nx',
    'c2sp.org/tlog-proof@v1\nindex 1',
    '',
  ])('that is none is refused: %j', (text) => {
    expect(() => parseTlogProof(text)).toThrow('no tlog-proof');
  });
});
