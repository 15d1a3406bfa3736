import { canonical } from './canonical.ts';

/** A deletion certificate as it is handed out. The fields of it that the log knows as well. */
export interface Certificate {
  readonly certificateId: string;
  readonly requestId: string;
  readonly outcome: string;
  readonly approval: { readonly planHash: string; readonly by: string; readonly filedBy: string };
  readonly targets: readonly CertifiedTarget[];
  readonly signature: { readonly value: string };
}

interface CertifiedTarget {
  readonly node: string;
  readonly result: string;
  readonly found: number;
  readonly erased: number;
  readonly residual: number;
}

/** @returns null for what is no certificate, or is not written byte for byte as it was signed */
export function certificateOf(text: string): Certificate | null {
  try {
    const value = JSON.parse(text) as Certificate;
    const whole =
      canonical(value) === text &&
      typeof value.certificateId === 'string' &&
      typeof value.approval.planHash === 'string' &&
      Array.isArray(value.targets) &&
      typeof value.signature.value === 'string';
    return whole ? value : null;
  } catch {
    return null;
  }
}

/** What its signature is over: all of it but the signature. */
export function signedTextOf({ signature: _, ...body }: Certificate): string {
  return canonical(body);
}
