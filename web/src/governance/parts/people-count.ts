import { governance } from '../../texts/en-governance.ts';

const texts = governance.people;
const NUMBER = new Intl.NumberFormat('en-GB');

/** How many people, as the API counts them: exactly, estimated from a sketch, or rounded down for this key. */
export interface PeopleCount {
  readonly count: number;
  readonly exact: boolean;
  /** Counts are rounded down to multiples of this, 0 being fewer: this key may not look at people one by one. */
  readonly roundedTo?: number | undefined;
}

export const numberText = (value: number): string => NUMBER.format(value);

/** `12`, or where counts are rounded for this key `10+`, or `< 5` for few. */
export function countText(count: number, roundedTo: number | undefined): string {
  if (roundedTo === undefined) return numberText(count);
  return count === 0 ? texts.fewer(numberText(roundedTo)) : texts.atLeast(numberText(count));
}

/** `12`, `about 1,200`, `< 5`, or a dash where nobody said whose data it was. */
export function peopleText(people: PeopleCount | null): string {
  if (people === null) return texts.unknown;
  if (people.roundedTo !== undefined) return countText(people.count, people.roundedTo);
  return people.exact ? numberText(people.count) : texts.about(numberText(people.count));
}

/** How often, where that would tell how many. */
export const timesText = ({ count, people }: { readonly count: number; readonly people: PeopleCount | null }): string =>
  countText(count, people?.roundedTo);

/** The same in a sentence, for titles and screen readers. */
export const peopleSentence = (people: PeopleCount | null): string =>
  people === null ? texts.unknownLong : texts.of(peopleText(people), people.count);
