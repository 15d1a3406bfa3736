/** Named in a sentence; all of them are in the list beside it. */
const NAMED_MAX = 3;

/** The first of them by name, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX).join(', ');
  return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
}
