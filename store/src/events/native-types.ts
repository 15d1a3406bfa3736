import { ENUMS } from './event-blocks.ts';

/** Types of the event tables, spelled as the migrations spell them; a test holds them against the engine. */

export const TEXT = 'LowCardinality(String)';
export const TEXTS = `Array(${TEXT})`;
export const STRING = 'String';
export const STRINGS = 'Array(String)';
export const INSTANT = "DateTime64(9, 'UTC')";
export const INSTANTS = `Array(${INSTANT})`;
export const ATTRS = `Map(${TEXT}, String)`;
export const fixed = (bytes: number) => `FixedString(${bytes})`;
export const listOf = (type: string) => `Array(${type})`;

const enumTypes = Object.fromEntries(
  Object.entries(ENUMS).map(([name, values]) => [
    name,
    `Enum8(${Object.entries(values)
      .map(([text, number]) => `'${text}' = ${number}`)
      .join(', ')})`,
  ]),
) as Record<keyof typeof ENUMS, string>;

export const enumType = (name: keyof typeof ENUMS): string => enumTypes[name];
