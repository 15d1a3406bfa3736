import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * What the application really did with whose data, written by the code that did it and read by nobody but the demo's
 * report. It knows nothing of telemetry, so that lineage can be held against it. People appear under their key.
 */
export interface LedgerEntry {
  readonly at: string;
  /** `p1` … `p8`. */
  readonly person: string;
  /** Node that ran, or that data went to or came from. */
  readonly node: string;
  readonly action: 'ran' | 'read' | 'wrote' | 'sent';
}

export class Ledger {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Synchronous: a killed process has told the ledger all it did. */
  note(person: string, node: string, action: LedgerEntry['action']): void {
    appendFileSync(this.#file, `${JSON.stringify({ at: new Date().toISOString(), person, node, action })}\n`);
  }

  entries(): LedgerEntry[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LedgerEntry);
  }
}
