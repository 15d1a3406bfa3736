import type { RequestType } from './request.ts';
import type { TaskAction } from './worker-protocol.ts';

/** What the types of request differ in; everything else about them is the same. */

/** What a store is asked to do. An objection restricts until it is decided (GDPR Art. 18(1)(d), 21(1)). */
export const WORK_OF: Readonly<Record<RequestType, TaskAction>> = {
  access: 'export',
  portability: 'export',
  erasure: 'erase',
  restriction: 'restrict',
  objection: 'restrict',
  rectification: 'rectify',
};

/** Ends with a sealed copy for the person. */
export function givesCopy(type: RequestType): boolean {
  return type === 'access' || type === 'portability';
}

/** Restricts our own answers about the person as soon as they are identified, before any store is asked. */
export function restricts(type: RequestType): boolean {
  return type === 'restriction' || type === 'objection';
}

/** A legal hold keeps data as it is: nothing is destroyed, and nothing overwritten. Copying and restricting go on. */
export function isHoldable(type: RequestType): boolean {
  return type === 'erasure' || type === 'rectification';
}

/**
 * Upstream first: what a batch job copies must be clean before the copy is, or it comes back. Copying out changes
 * nothing and a mark is not copied over, so nobody waits for anybody there.
 */
export function isOrdered(type: RequestType): boolean {
  return type === 'erasure' || type === 'rectification';
}
