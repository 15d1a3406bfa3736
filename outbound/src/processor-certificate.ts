import type { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { type CertificateFault, certificateFor } from '@vestige/core/opendsr/certificate';
import { DiscoveryAnswer } from '@vestige/core/opendsr/messages';
import { guardedCall, type OutboundFailure, type OutboundPolicy } from './guarded-call.ts';

/**
 * Certificates of OpenDSR processors: found through discovery, checked, and kept for a day, because nobody is asked
 * whether one was revoked. One that fails is not kept.
 */
export interface ProcessorCertificates {
  /** @param fresh goes past the cache, once a signature does not hold: the processor may have a new certificate */
  of(processor: Processor, fresh?: boolean): Promise<X509Certificate | CertificateProblem>;
}

export interface Processor {
  /** As its headers name it, e.g. `opendsr.processor.example`. */
  readonly domain: string;
  /** Where its paths begin, with the major version: `https://opendsr.processor.example/v2`. Same host as `domain`. */
  readonly baseUrl: string;
}

export type CertificateProblem = CertificateFault | OutboundFailure | 'no_discovery' | 'other_host';

const KEPT_MS = 86_400_000;
const PROCESSORS_MAX = 1_000;
const PEM_BYTES_MAX = 64 * 1024;

/** @param policy `hosts` is replaced: only the processor's own host is called */
export function processorCertificates(policy: Omit<OutboundPolicy, 'hosts'>, now: () => Date): ProcessorCertificates {
  const kept = new Map<string, { certificate: X509Certificate; untilMs: number }>();
  const authorities = [...rootCertificates, ...(policy.extraAuthorities ?? [])];
  return {
    async of(processor, fresh = false) {
      const key = `${processor.domain} ${processor.baseUrl}`;
      const known = kept.get(key);
      if (known && !fresh && known.untilMs > now().getTime() && known.certificate.validToDate > now()) {
        return known.certificate;
      }
      const pem = await fetchPem(processor, policy);
      if (typeof pem === 'string') return pem;
      const certificate = certificateFor(pem.text, processor.domain, now(), authorities);
      if (typeof certificate === 'string') return certificate;
      if (kept.size >= PROCESSORS_MAX) kept.clear();
      kept.set(key, { certificate, untilMs: now().getTime() + KEPT_MS });
      return certificate;
    },
  };
}

async function fetchPem(
  { domain, baseUrl }: Processor,
  policy: Omit<OutboundPolicy, 'hosts'>,
): Promise<{ text: string } | CertificateProblem> {
  // A certificate for one domain must not be vouched for by another.
  if (URL.parse(baseUrl)?.hostname !== domain) return 'other_host';
  const guard = { ...policy, hosts: [domain], answerBytesMax: PEM_BYTES_MAX };
  const found = await guardedCall(guard, {
    method: 'GET',
    url: `${baseUrl}/discovery`,
    headers: { accept: 'application/json' },
  });
  if (!found.ok) return found.failure;
  const discovery = found.status === 200 ? DiscoveryAnswer.safeParse(parsed(found.body)) : null;
  if (!discovery?.success) return 'no_discovery';
  const { processor_certificate } = discovery.data;
  if (URL.parse(processor_certificate)?.hostname !== domain) return 'other_host';
  const pem = await guardedCall(guard, { method: 'GET', url: processor_certificate });
  if (!pem.ok) return pem.failure;
  return pem.status === 200 ? { text: pem.body.toString('latin1') } : 'no_discovery';
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
