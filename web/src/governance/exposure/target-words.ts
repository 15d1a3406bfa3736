import { governance } from '../../texts/en-governance.ts';
import { nameOf } from '../parts/node-kind.tsx';

const texts = governance.exposure;

/** What was asked about, in words. */
export function targetWords(asked: {
  readonly node?: string;
  readonly edge?: { readonly from: string; readonly to: string };
  readonly party?: string;
}): string {
  if (asked.edge !== undefined) return texts.aboutEdge(nameOf(asked.edge.from), nameOf(asked.edge.to));
  if (asked.party !== undefined) return texts.aboutParty(asked.party);
  return nameOf(asked.node ?? '');
}
