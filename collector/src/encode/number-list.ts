/** A growing list of 32-bit numbers. */
export class NumberList {
  #words = new Uint32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.#words.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.length++] = value;
  }

  clear(): void {
    this.length = 0;
  }

  at(index: number): number {
    return this.#words[index] as number;
  }

  includes(value: number): boolean {
    for (let index = 0; index < this.length; index++) if (this.#words[index] === value) return true;
    return false;
  }

  taken(): Uint32Array {
    return this.#words.slice(0, this.length);
  }
}
