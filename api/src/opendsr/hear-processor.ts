import { X509Certificate } from 'node:crypto';
import { CallbackBody, type StatusAnswer } from '@vestige/core/opendsr/messages';
import { signatureHolds } from '@vestige/core/opendsr/signature';
import { heardFrom } from '@vestige/core/opendsr/status';
import type { ProcessorCertificates } from '@vestige/outbound/processor-certificate';
import type { StoredDelegation } from '@vestige/store/opendsr/delegation-store';

/** What a callback is worth, with the answer the specification's security guidelines give it. */
export type CallbackVerdict =
  | { readonly accepted: true; readonly answer: StatusAnswer; readonly heard: ReturnType<typeof heardFrom> }
  | { readonly accepted: false; readonly status: 400 | 401; readonly why: string };

const no = (status: 400 | 401, why: string): CallbackVerdict => ({ accepted: false, status, why });

/**
 * Checks a callback in the order that gives an attacker least: is the domain the one the work was handed to; does its
 * certificate hold; does the signature hold over the raw bytes; only then are they read; and is it meant for us.
 *
 * A signature that does not hold is tried once more with the certificate fetched anew: processors change theirs.
 */
export async function judgeCallback(
  certificates: ProcessorCertificates,
  delegation: StoredDelegation,
  said: { readonly domain: string | null; readonly signature: string | null; readonly raw: Uint8Array },
): Promise<CallbackVerdict> {
  if (said.domain === null || said.domain !== delegation.processor) return no(401, 'unknown_domain');
  if (said.signature === null) return no(400, 'no_signature');
  const processor = { domain: delegation.processor, baseUrl: delegation.baseUrl };
  let holds = false;
  for (const fresh of [false, true]) {
    const certificate = await certificates.of(processor, fresh);
    if (!(certificate instanceof X509Certificate)) return no(401, certificate);
    holds = signatureHolds(said.raw, said.signature, certificate);
    if (holds) break;
  }
  if (!holds) return no(400, 'bad_signature');
  const body = CallbackBody.safeParse(parsed(said.raw));
  if (!body.success) return no(400, 'malformed');
  if (body.data.status_callback_url !== delegation.callbackUrl) return no(400, 'other_callback_url');
  if (body.data.subject_request_id !== delegation.reference) return no(400, 'other_request');
  const heard = heardFrom(body.data.request_status, body.data.extensions?.[delegation.processor]);
  return { accepted: true, answer: body.data, heard };
}

function parsed(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return null;
  }
}
