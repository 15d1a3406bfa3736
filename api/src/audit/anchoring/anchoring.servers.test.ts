import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LocalTsa, openLocalTsa } from '@vestige/audit-verify/testing/local-tsa';
import { verifyTimestamp as verifyByHand } from '@vestige/audit-verify/timestamp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { timestampRequest, verifyTimestamp } from './rfc3161.ts';
import { tsaWitness } from './tsa-witness.ts';

// Needs the Debian package openssl, which plays the authority.
let tsa: LocalTsa;
let other: LocalTsa;
let server: Server;
let url: string;
let answerWith: (query: Buffer) => Uint8Array;

beforeAll(async () => {
  tsa = openLocalTsa();
  other = openLocalTsa();
  answerWith = tsa.answer;
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.setHeader('content-type', 'application/timestamp-reply');
    response.end(answerWith(Buffer.concat(parts)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
});
afterAll(() => {
  server.close();
  tsa.remove();
  other.remove();
});

const data = Buffer.from('vestige.example.com/audit/acme\n1\nx\n');
const witness = () => tsaWitness({ url, authorities: [tsa.authority], everyS: 3_600 });

describe('a time-stamping authority', () => {
  test('answers our request, and its answer holds for a verifier that was written by others too', async () => {
    const request = timestampRequest(data);
    const answer = tsa.answer(request.der);
    const at = await verifyTimestamp(answer, data, request.nonce, [tsa.authority]);
    const byHand = verifyByHand(answer, data, [new X509Certificate(tsa.authority)]);
    expect(byHand).toEqual({ at, vouched: true });
  });

  test('is a witness whose answer is kept as it came', async () => {
    const answer = await witness().testify(data.toString('utf8'), { tenant: 'acme', size: 1 });
    expect(verifyByHand(Buffer.from(answer), data, [new X509Certificate(tsa.authority)]).vouched).toBe(true);
  });

  test.each<[string, (request: ReturnType<typeof timestampRequest>) => Promise<unknown>]>([
    ['over other bytes', (r) => verifyTimestamp(tsa.answer(r.der), Buffer.from('other'), r.nonce, [tsa.authority])],
    [
      'to another request',
      (r) => verifyTimestamp(tsa.answer(r.der), data, timestampRequest(data).nonce, [tsa.authority]),
    ],
    ['of an authority that nobody trusts', (r) => verifyTimestamp(other.answer(r.der), data, r.nonce, [tsa.authority])],
    ['with nobody trusted', (r) => verifyTimestamp(tsa.answer(r.der), data, r.nonce, [])],
    ['that is none', (r) => verifyTimestamp(Buffer.from('no'), data, r.nonce, [tsa.authority])],
    [
      'that refuses',
      (r) =>
        verifyTimestamp(
          Buffer.from('3003020102'.replace('3003', '3005').replace('020102', '3003020102'), 'hex'),
          data,
          r.nonce,
          [tsa.authority],
        ),
    ],
  ])('proves nothing by an answer %s', async (_, verify) => {
    await expect(verify(timestampRequest(data))).rejects.toThrow('proves nothing');
  });

  test('whose answer was changed is not kept', async () => {
    answerWith = (query) => {
      const answer = tsa.answer(query);
      answer[answer.length - 20] = (answer[answer.length - 20] ?? 0) ^ 1;
      return answer;
    };
    try {
      await expect(witness().testify('note\n', { tenant: 'acme', size: 1 })).rejects.toThrow('proves nothing');
    } finally {
      answerWith = tsa.answer;
    }
  });

  test('that is away, or sends without end, is away', async () => {
    const away = tsaWitness({ url: 'http://127.0.0.1:9/', authorities: [tsa.authority], everyS: 0 });
    await expect(away.testify('note\n', { tenant: 'acme', size: 1 })).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    answerWith = () => Buffer.alloc(100_000);
    try {
      await expect(witness().testify('n\n', { tenant: 'acme', size: 1 })).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    } finally {
      answerWith = tsa.answer;
    }
  });
});
