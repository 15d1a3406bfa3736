import { dayText } from '../parts/date-time.tsx';
import { requestWork } from '../texts/en-request-work.ts';

const texts = requestWork.plan.keep;

/** Which part of a place is meant: its categories, and between which days. */
export function partText(part: { categories: readonly string[]; from: string | null; to: string | null }): string {
  const { categories, from, to } = part;
  const days = texts.between(from === null ? null : dayText(from), to === null ? null : dayText(to));
  return [categories.length > 0 ? categories.join(', ') : texts.all, days].filter((said) => said !== '').join(', ');
}
