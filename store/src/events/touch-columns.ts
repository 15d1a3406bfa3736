import type { ReadSpan, Touch } from '@vestige/core/model/span';
import {
  bytesStream,
  type Column,
  columnHead,
  type PlannedBlock,
  planBlock,
  type Stream,
} from '../clickhouse/native-block.ts';
import { ByteColumn } from '../clickhouse/native-bytes.ts';
import {
  byteOfKind,
  GrowingKinds,
  listsOfKind,
  sameNumber,
  smallOfKind,
  textOfKind,
  textsOfKind,
} from '../clickhouse/native-shaped.ts';
import { ENUMS } from './event-blocks.ts';
import { enumType, fixed, INSTANT, TEXT, TEXTS } from './native-types.ts';

/** What rows of `touches` have in common that come from one touch of one shape of span. */
export interface TouchKind {
  readonly viaLink: boolean;
  /** 0 for a span that touched nothing. */
  readonly touchNo: number;
  readonly peer: string;
  readonly action: number;
  readonly attribution: number;
  readonly role: number;
  readonly categories: readonly string[];
  readonly purpose: string;
  readonly legalBasis: number;
  readonly ruleSet: number;
}

const NO_TOUCH: readonly Touch[] = [{ peer: '', action: 'none', rule: '' }];

/**
 * The rows that each subject of a span gets: one for each touch, and one when it touched nothing.
 *
 * A subject that came on a link only is tagged like an ambient one (ruling 16) and as a data subject: the role on the
 * span speaks of the span's own tokens.
 */
export function touchKinds(span: ReadSpan, viaLink: boolean): TouchKind[] {
  const isTouching = span.touches.length > 0;
  return (isTouching ? span.touches : NO_TOUCH).map(({ peer, action }, index) => ({
    viaLink,
    touchNo: isTouching ? Math.min(255, index + 1) : 0,
    peer,
    action: ENUMS.action[action],
    attribution: ENUMS.attribution[viaLink ? 'ambient' : span.attribution],
    role: ENUMS.role[viaLink ? 'data_subject' : span.role],
    categories: span.categories,
    purpose: span.purpose,
    legalBasis: ENUMS.legal_basis[span.legalBasis],
    ruleSet: span.ruleSet,
  }));
}

/** Rows of `touches` of one month, without their subjects: {@link subjectColumn} adds those. */
export class TouchColumns {
  readonly ts = new ByteColumn();
  readonly traceId = new ByteColumn();
  readonly spanId = new ByteColumn();
  readonly #kinds = new GrowingKinds<TouchKind>();

  get rows(): number {
    return this.#kinds.rows;
  }

  /** @returns the number of the first of these kinds, for {@link add}; the others follow it */
  takeKinds(kinds: readonly TouchKind[]): number {
    return this.#kinds.take(kinds);
  }

  /** The caller writes the row's instant and ids into the public columns. */
  add(kind: number): void {
    this.#kinds.add(kind);
  }

  clear(): void {
    this.#kinds.clear();
    this.ts.clear();
    this.traceId.clear();
    this.spanId.clear();
  }

  /** All columns but `subject_id`, as a Native block that wants one more column. */
  block(tenant: number): PlannedBlock {
    const byKind = this.#kinds;
    const { rows } = byKind;
    const text = (of: (kind: TouchKind) => string): Stream => textOfKind(byKind, of);
    const byte = (of: (kind: TouchKind) => number): Stream => byteOfKind(byKind, of);
    const categories = listsOfKind(byKind, (kind) => kind.categories.length);
    const codes = textsOfKind(byKind, categories, (kind) => kind.categories);
    const column = (name: string, type: string, ...streams: Stream[]): Column => ({ name, type, streams });
    const columns = [
      column('tenant', 'UInt32', sameNumber(rows, tenant)),
      column('ts', INSTANT, bytesStream(this.ts)),
      column('trace_id', fixed(16), bytesStream(this.traceId)),
      column('span_id', fixed(8), bytesStream(this.spanId)),
      column('via_link', 'Bool', byte(isViaLink)),
      column(
        'touch_no',
        'UInt8',
        byte(({ touchNo }) => touchNo),
      ),
      column(
        'peer',
        TEXT,
        text(({ peer }) => peer),
      ),
      column(
        'action',
        enumType('action'),
        byte(({ action }) => action),
      ),
      column(
        'attribution',
        enumType('attribution'),
        byte(({ attribution }) => attribution),
      ),
      column(
        'role',
        enumType('role'),
        byte(({ role }) => role),
      ),
      column('categories', TEXTS, categories.offsets, codes),
      column(
        'purpose',
        TEXT,
        text(({ purpose }) => purpose),
      ),
      column(
        'legal_basis',
        enumType('legal_basis'),
        byte(({ legalBasis }) => legalBasis),
      ),
      column(
        'rule_set',
        'UInt16',
        smallOfKind(byKind, ({ ruleSet }) => ruleSet),
      ),
    ];
    return planBlock(rows, columns, 1);
  }
}

const isViaLink = ({ viaLink }: TouchKind) => (viaLink ? 1 : 0);

/** What completes a block of {@link TouchColumns}: 16 bytes for each of its rows, in order. */
export function subjectColumn(subjects: Uint8Array): Uint8Array[] {
  return [columnHead('subject_id', fixed(16)), subjects];
}
