import { createHash } from 'node:crypto';
import { base64 } from './base64.ts';
import type { Entry } from './entry.ts';
import type { Report } from './finding.ts';

/** What lies beside an entry: the payload it committed to, or the reason why it does not. */
export type PayloadLine =
  | { readonly index: number; readonly nonce: string; readonly payload: string }
  | { readonly index: number; readonly redactedBy: number }
  | { readonly index: number; readonly withheld: true };

export interface Payload {
  readonly subjectId?: string;
  readonly purpose?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const NONCE_BYTES_MIN = 16;

/**
 * Holds payloads against commitments, and redactions against the entries that authorised them (check 5).
 *
 * An authorising entry comes after what it redacts, so the two are brought together at the end.
 */
export class PayloadCheck {
  readonly #report: Report;
  readonly #redacted = new Map<number, number>();
  readonly #redactions: { by: number; ranges: Entry['redacts'] }[] = [];
  readonly #opened = new Set<number>();
  opened = 0;
  withheld = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  /** @returns the payload, where it is opened and right */
  line(entry: Entry, text: string | undefined): Payload | null {
    if (entry.redacts.length > 0) this.#noteRedaction(entry);
    const line = text === undefined ? null : payloadLine(text);
    if (line === null || line.index !== entry.index) {
      this.#broken('no_payload_line', entry.index, 'There is neither a payload nor a reason why there is none.');
      return null;
    }
    if ('withheld' in line) {
      this.withheld += 1;
      return null;
    }
    if ('redactedBy' in line) {
      this.#redacted.set(entry.index, line.redactedBy);
      return null;
    }
    const nonce = base64(line.nonce) ?? Buffer.alloc(0);
    const digest = createHash('sha256')
      .update(Uint8Array.of(0))
      .update(nonce)
      .update(line.payload, 'utf8')
      .digest('hex');
    if (nonce.length < NONCE_BYTES_MIN || `sha256:${digest}` !== entry.commitment) {
      this.#broken('payload_changed', entry.index, 'The payload is not the one the entry committed to.');
      return null;
    }
    this.opened += 1;
    this.#opened.add(entry.index);
    return parsed(line.payload);
  }

  /** @returns entries whose payload was erased, with the entry that authorised it */
  finish(): { index: number; by: number }[] {
    const allowed = (index: number, by: number) =>
      this.#redactions.some(
        (each) => each.by === by && each.ranges.some(([first, last]) => first <= index && index <= last),
      );
    for (const [index, by] of this.#redacted) {
      if (by <= index || !allowed(index, by)) {
        this.#broken(
          'erased_without_leave',
          index,
          `The payload is gone, and entry ${by} does not say that it may be.`,
        );
      }
    }
    for (const { by, ranges } of this.#redactions) {
      for (const [first, last] of ranges) {
        for (let index = first; index <= last && index < by; index += 1) {
          if (this.#opened.has(index)) {
            this.#broken('erased_and_there', index, `Entry ${by} says that this payload was erased, and here it is.`);
          }
        }
      }
    }
    return [...this.#redacted].map(([index, by]) => ({ index, by })).filter(({ index, by }) => allowed(index, by));
  }

  #noteRedaction(entry: Entry): void {
    if (entry.type !== 'audit.payloads_erased' || entry.redacts.some(([, last]) => last >= entry.index)) {
      this.#broken('odd_redaction', entry.index, 'It claims to erase payloads, and is no entry that may.');
      return;
    }
    this.#redactions.push({ by: entry.index, ranges: entry.redacts });
  }

  #broken(code: string, index: number, says: string): void {
    this.#report('broken', 'payloads', code, `entry ${index}`, says, ADVICE);
  }
}

const ADVICE =
  'The entry itself stands; do not rely on its payload, and ask the operator for the one that was committed to.';

function payloadLine(text: string): PayloadLine | null {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    if (!Number.isSafeInteger(value['index'])) return null;
    if (value['withheld'] === true || Number.isSafeInteger(value['redactedBy'])) return value as unknown as PayloadLine;
    const opened = typeof value['nonce'] === 'string' && typeof value['payload'] === 'string';
    return opened ? (value as unknown as PayloadLine) : null;
  } catch {
    return null;
  }
}

function parsed(text: string): Payload | null {
  try {
    return JSON.parse(text) as Payload;
  } catch {
    return null;
  }
}
