/** A value that was passed over, as the bytes of its text, a whole number, or a text. */
export type Passed = 'bytes' | 'number' | 'text';

/** Values passed over on a walk, in the order in which they came. */
export class PassedValues {
  length = 0;
  readonly kinds: Passed[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly numbers: number[] = [];
  readonly texts: string[] = [];

  /** As it is stored. */
  textOf(index: number, bytes: Buffer): string {
    const kind = this.kinds[index];
    if (kind === 'text') return this.texts[index] ?? '';
    if (kind === 'number') return String(this.numbers[index]);
    return bytes.toString('latin1', this.starts[index], this.ends[index]);
  }

  bytes(start: number, end: number): void {
    const at = this.length++;
    this.kinds[at] = 'bytes';
    this.starts[at] = start;
    this.ends[at] = end;
  }

  number(value: number): void {
    const at = this.length++;
    this.kinds[at] = 'number';
    this.numbers[at] = value;
  }

  text(text: string): void {
    const at = this.length++;
    this.kinds[at] = 'text';
    this.texts[at] = text;
  }
}
