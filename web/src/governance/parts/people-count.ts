import { governance } from '../../texts/en-governance.ts';

const texts = governance.people;
const NUMBER = new Intl.NumberFormat('en-GB');

/** How many people, as the API counts them: exactly, or estimated from a sketch. */
export interface PeopleCount {
  readonly count: number;
  readonly exact: boolean;
}

export const numberText = (value: number): string => NUMBER.format(value);

/** `12`, `about 1,200`, or a dash where nobody said whose data it was. */
export const peopleText = (people: PeopleCount | null): string =>
  people === null ? texts.unknown : people.exact ? numberText(people.count) : texts.about(numberText(people.count));

/** The same in a sentence, for titles and screen readers. */
export const peopleSentence = (people: PeopleCount | null): string =>
  people === null ? texts.unknownLong : texts.of(peopleText(people), people.count);
