import { VestigeError } from '@vestige/core/errors';
import { timestampRequest, verifyTimestamp } from './rfc3161.ts';
import type { Witness } from './witness.ts';

const CALL_TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 65_536;

export interface TsaOptions {
  /** RFC 3161 over HTTP. */
  readonly url: string;
  /** PEM certificates of who vouches for the authority. */
  readonly authorities: readonly string[];
  readonly everyS: number;
}

/** A time-stamping authority. Its answer is verified before it is kept: one that proves nothing is no anchor. */
export function tsaWitness({ url, authorities, everyS }: TsaOptions, call: typeof fetch = fetch): Witness {
  return {
    kind: 'rfc3161',
    place: new URL(url).host,
    everyS,
    async testify(note) {
      const data = Buffer.from(note, 'utf8');
      const request = timestampRequest(data);
      const answer = await answerOf(url, request.der, call);
      await verifyTimestamp(answer, data, request.nonce, authorities);
      return answer;
    },
  };
}

async function answerOf(url: string, query: Uint8Array, call: typeof fetch): Promise<Uint8Array> {
  try {
    const response = await call(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body: Uint8Array.from(query),
      redirect: 'error',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    if (response.ok && response.body !== null) {
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const part of response.body) {
        length += part.length;
        if (length > ANSWER_BYTES_MAX) throw new Error('too long');
        parts.push(part);
      }
      return Buffer.concat(parts);
    }
  } catch {
    // Whatever it was, the sentence below covers it; the words of others stay out of ours.
  }
  throw new VestigeError('store_unavailable', 'the time-stamping authority gave no answer');
}
