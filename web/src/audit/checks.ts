/**
 * What a page has verified, one step each. `unchecked` is no softer word for `holds`: something that is needed for the
 * step was not there, and `why` names it.
 */
export interface Check {
  readonly name: CheckName;
  readonly verdict: 'holds' | 'broken' | 'unchecked';
  readonly why?: Unchecked;
}

export type CheckName = 'form' | 'issuer' | 'logged' | 'shown' | 'included' | 'promised' | 'one_log' | 'kept';

export type Unchecked =
  /** The browser has no Ed25519, or no WebCrypto at all on this page. */
  | 'no_browser'
  /** The key that signed is not among those at hand. */
  | 'other_key'
  /** No key was given, or this API key may not read them. */
  | 'no_key'
  /** There is no proof to check. */
  | 'no_proof'
  /** Nothing was kept in this browser before. */
  | 'nothing_kept';

export type Verdict = 'holds' | 'broken' | 'unproven';

/** Proven is only what every step has shown. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ verdict }) => verdict === 'broken')) return 'broken';
  const needed = checks.filter(({ why }) => why !== 'nothing_kept');
  return needed.length > 0 && needed.every(({ verdict }) => verdict === 'holds') ? 'holds' : 'unproven';
}

/** @param result null: it could not be found out */
export function check(name: CheckName, result: boolean | null, why: Unchecked): Check {
  return result === null ? { name, verdict: 'unchecked', why } : { name, verdict: result ? 'holds' : 'broken' };
}
