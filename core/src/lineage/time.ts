/** RFC 3339 UTC with milliseconds: the one text form of an instant in answers. */
export function isoOfUs(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}
