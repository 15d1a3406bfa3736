import type { TenantId } from '@vestige/core/ids';
import type { ReadSpan } from '@vestige/core/model/span';
import { type PlannedBlock, writtenBlock } from '@vestige/store/clickhouse/native-block';
import { type ByteColumn, viewOf } from '@vestige/store/clickhouse/native-bytes';
import { ENUMS } from '@vestige/store/events/event-blocks';
import { jumpKeys } from '@vestige/store/events/jump-keys';
import type { SpanColumns } from '@vestige/store/events/span-columns';
import { addReadSpan, instant } from '@vestige/store/events/span-row-columns';
import type { SpanProcess } from '@vestige/store/events/span-shape';
import { type TouchColumns, touchKinds } from '@vestige/store/events/touch-columns';
import type { UnresolvedRejected } from '../ingest/rejected-spans.ts';
import type { NumberList } from './number-list.ts';
import type { PassedValues } from './passed-values.ts';
import { type SectionTable, type SetOfSpan, type UnwrittenPayload, writePayload } from './payload.ts';
import type { RefPlan, SpanPlan, Texts } from './span-plan.ts';
import type { DayRows, MonthRows, RowsPool } from './table-rows.ts';
import { TokenNumbers } from './token-numbers.ts';
import type { WalkedSpan } from './walked-span.ts';
import { dayOfWords, monthOfDay, msOfWords } from './wire-instant.ts';

/** A block is closed here, so that closing it holds the thread for a few milliseconds. */
const ROWS_MAX = 8_192;
const BYTES_MAX = 8 * 1024 * 1024;

/** The rows of one record, of one request or of several, by table and partition, while their spans are read. */
export class RequestColumns {
  /** Spans taken so far: the number of the next one. */
  spans = 0;
  readonly rejected: UnresolvedRejected[] = [];
  readonly tokens = new TokenNumbers();
  readonly #tenant: TenantId;
  readonly #pool: RowsPool;
  /** Given back when the requests are over: until then plans know these columns. */
  readonly #closedDays: DayRows[] = [];
  readonly #closedMonths: MonthRows[] = [];
  readonly #sets: SetOfSpan[] = [];
  readonly #sections: UnwrittenPayload['sections'][number][] = [];
  readonly #days = new Map<number, DayRows>();
  readonly #months = new Map<number, MonthRows>();
  #lastDay = -1;
  #day: DayRows | null = null;
  #month: MonthRows | null = null;

  constructor(tenant: TenantId, pool: RowsPool) {
    this.#tenant = tenant;
    this.#pool = pool;
  }

  /** Rows of the day of an instant; {@link month} then answers for its month. */
  day(low: number, high: number): DayRows {
    const day = dayOfWords(low, high);
    if (day === this.#lastDay && this.#day !== null) return this.#day;
    this.#lastDay = day;
    this.#month = null;
    let rows = this.#days.get(day);
    if (rows === undefined) {
      rows = this.#pool.day(this.#days.size === 0);
      this.#days.set(day, rows);
    }
    this.#day = rows;
    return rows;
  }

  /** Rows of the month of the day asked for last. */
  month(): MonthRows {
    if (this.#month !== null) return this.#month;
    const month = monthOfDay(this.#lastDay);
    let rows = this.#months.get(month);
    if (rows === undefined) {
      rows = this.#pool.month();
      this.#months.set(month, rows);
    }
    this.#month = rows;
    return rows;
  }

  /** Takes a span that was read into an object. */
  takeRead(span: ReadSpan, process: SpanProcess): void {
    const number = this.spans++;
    const startNs = instant(span.startNs);
    const day = this.day(Number(startNs & 0xffff_ffffn), Number(startNs >> 32n));
    addReadSpan(day.columns, span, day.process(process));
    day.spanOf.push(number);
    const atMs = Number(span.startNs / 1_000_000n);
    if (span.subjectSet !== '') this.#sets.push([number, span.subjectSet, atMs]);
    this.#addTouches(span, number, atMs);
    const month = this.month();
    for (const { key, action } of jumpKeys(span)) {
      month.records.rows += 1;
      month.records.ref.text(key);
      month.records.ts.i64(startNs);
      month.records.traceId.hex(span.traceId, 16);
      month.records.spanId.hex(span.spanId, 8);
      month.records.action.u8(ENUMS.action[action]);
      month.spanOfRecord.push(number);
    }
    for (const link of span.links) {
      month.links.rows += 1;
      month.links.linkedTraceId.hex(link.traceId, 16);
      month.links.linkedSpanId.hex(link.spanId, 8);
      month.links.ts.i64(startNs);
      month.links.traceId.hex(span.traceId, 16);
      month.links.spanId.hex(span.spanId, 8);
      month.spanOfLink.push(number);
    }
    this.closeFull(day);
  }

  #addTouches(span: ReadSpan, number: number, atMs: number): void {
    const own = [...new Set(span.tokens)];
    const linked = [...new Set(span.linkTokens)].filter((token) => !own.includes(token));
    const again = [...new Set(span.linkTokens)].filter((token) => own.includes(token));
    const hasSet = span.subjectSet !== '';
    if (own.length + linked.length === 0 && !hasSet) return;
    const { touches, tagged } = this.month();
    const kinds = touchKinds(span, false);
    const firstOwn = touches.takeKinds(kinds);
    const firstLinked = linked.length === 0 ? 0 : touches.takeKinds(touchKinds(span, true));
    const firsts = [...own.map(() => firstOwn), ...linked.map(() => firstLinked), ...(hasSet ? [firstOwn] : [])];
    for (const first of firsts) {
      for (let index = 0; index < kinds.length; index++) {
        touches.add(first + index);
        touches.ts.i64(instant(span.startNs));
        touches.traceId.hex(span.traceId, 16);
        touches.spanId.hex(span.spanId, 8);
      }
    }
    const counts = [kinds.length, own.length, linked.length, again.length, hasSet ? 1 : 0];
    for (const word of [number, lowWord(atMs), highWord(atMs), ...counts]) tagged.push(word);
    for (const token of [...own, ...linked, ...again]) tagged.push(this.tokens.of(token));
  }

  /**
   * Takes a span that was walked to a step with a plan.
   *
   * @param startLow and the other words: its times, the end not before the start
   */
  takeWalked(
    walk: WalkedSpan,
    plan: SpanPlan,
    process: SpanProcess,
    startLow: number,
    startHigh: number,
    endLow: number,
    endHigh: number,
  ): void {
    const number = this.spans++;
    const { view } = walk;
    const day = this.day(startLow, startHigh);
    const { columns } = day;
    if (plan.spanColumns !== columns) {
      plan.spanColumns = columns;
      plan.shapeNumber = columns.takeShape(plan.shape);
    }
    const recordCount = plan.countAt < 0 ? plan.recordCount : (walk.counts.numbers[plan.countAt] as number);
    columns.add(plan.shapeNumber, day.process(process), walk.seq < 0 ? plan.seq : walk.seq, recordCount);
    day.spanOf.push(number);
    const { traceIdAt, spanIdAt, parentIdAt, startAt } = walk;
    columns.traceId.word16(view, traceIdAt);
    columns.ts.word8(view, startAt);
    columns.spanId.word8(view, spanIdAt);
    if (parentIdAt < 0) columns.parentId.u64(0, 0);
    else columns.parentId.word8(view, parentIdAt);
    const borrow = endLow < startLow ? 1 : 0;
    columns.durationNs.u64(endLow - startLow, endHigh - startHigh - borrow);
    copyRefs(columns.recordRefs, plan.recordRefs, walk.recordRefs, view);
    copyRefs(columns.derivedFrom, plan.derivedFrom, walk.derivedFrom, view);
    writeConversation(columns.conversation, plan, walk);
    copyTexts(columns.attrValues, plan.attrs, walk.attrs, view);
    copyTexts(columns.eventAttrValues, plan.eventAttrs, walk.eventAttrs, view);
    for (let index = 0; index < walk.eventTimes.length; index++) {
      const at = walk.eventTimes.at(index);
      columns.eventTs.word8(view, at);
    }
    if (plan.subjectSet !== '') this.#sets.push([number, plan.subjectSet, msOfWords(startLow, startHigh)]);
    if (walk.tokens.length + walk.linkTokens.length > 0 || plan.subjectSet !== '') {
      this.#addWalkedTouches(walk, plan, number, msOfWords(startLow, startHigh));
    }
    this.#addWalkedJumps(walk, plan, number);
    if (walk.linkIds.length > 0) this.#addWalkedLinks(walk, columns, number);
    this.closeFull(day);
  }

  #addWalkedTouches(walk: WalkedSpan, plan: SpanPlan, number: number, atMs: number): void {
    const { touches, tagged } = this.month();
    const { tokens, linkTokens } = walk;
    if (plan.touchColumns !== touches) {
      plan.touchColumns = touches;
      plan.firstOwn = touches.takeKinds(plan.ownTouches);
      plan.firstLinked = -1;
    }
    if (plan.firstLinked < 0 && linkTokens.length > 0) plan.firstLinked = touches.takeKinds(plan.linkedTouches);
    const hasSet = plan.subjectSet !== '';
    const rowsOfTag = plan.ownTouches.length;
    for (let tag = 0; tag < tokens.length; tag++) this.#addTag(touches, walk, plan.firstOwn, rowsOfTag);
    let again = 0;
    for (let tag = 0; tag < linkTokens.length; tag++) {
      if (tokens.includes(linkTokens.at(tag))) again++;
      else this.#addTag(touches, walk, plan.firstLinked, rowsOfTag);
    }
    if (hasSet) this.#addTag(touches, walk, plan.firstOwn, rowsOfTag);
    tagged.push(number);
    tagged.push(lowWord(atMs));
    tagged.push(highWord(atMs));
    tagged.push(rowsOfTag);
    tagged.push(tokens.length);
    tagged.push(linkTokens.length - again);
    tagged.push(again);
    tagged.push(hasSet ? 1 : 0);
    for (let index = 0; index < tokens.length; index++) tagged.push(tokens.at(index));
    for (let index = 0; index < linkTokens.length; index++) {
      if (!tokens.includes(linkTokens.at(index))) tagged.push(linkTokens.at(index));
    }
    for (let index = 0; again > 0 && index < linkTokens.length; index++) {
      if (tokens.includes(linkTokens.at(index))) tagged.push(linkTokens.at(index));
    }
  }

  #addTag(
    touches: TouchColumns,
    { view, startAt, traceIdAt, spanIdAt }: WalkedSpan,
    first: number,
    rows: number,
  ): void {
    for (let index = 0; index < rows; index++) {
      touches.add(first + index);
      touches.ts.word8(view, startAt);
      touches.traceId.word16(view, traceIdAt);
      touches.spanId.word8(view, spanIdAt);
    }
  }

  /** In the order of `jumpKeys`. */
  #addWalkedJumps(walk: WalkedSpan, plan: SpanPlan, number: number): void {
    this.#addWalkedRefs(walk, plan.recordRefs, walk.recordRefs, number);
    this.#addWalkedRefs(walk, plan.derivedFrom, walk.derivedFrom, number);
    if (plan.conversationAt >= 0 || plan.conversation.byteLength > 0) {
      const { records } = this.month();
      writeConversation(records.ref, plan, walk);
      this.#addJump(walk, ENUMS.action.none, number);
    }
    for (const { key, action } of plan.memories) {
      this.month().records.ref.string(key, 0, key.byteLength);
      this.#addJump(walk, action, number);
    }
  }

  #addWalkedRefs(walk: WalkedSpan, plans: readonly RefPlan[], hashes: NumberList, number: number): void {
    for (let index = 0; index < plans.length; index++) {
      const { prefix, actions } = plans[index] as RefPlan;
      for (const action of actions) {
        writeRef(this.month().records.ref, prefix, walk.view, hashes.at(index));
        this.#addJump(walk, action, number);
      }
    }
  }

  /** All of a row of `record_touches` but its key. */
  #addJump({ view, startAt, traceIdAt, spanIdAt }: WalkedSpan, action: number, number: number): void {
    const { records, spanOfRecord } = this.month();
    records.rows += 1;
    records.ts.word8(view, startAt);
    records.traceId.word16(view, traceIdAt);
    records.spanId.word8(view, spanIdAt);
    records.action.u8(action);
    spanOfRecord.push(number);
  }

  #addWalkedLinks(walk: WalkedSpan, columns: SpanColumns, number: number): void {
    const { view, linkIds, startAt, traceIdAt, spanIdAt } = walk;
    const { links, spanOfLink } = this.month();
    for (let index = 0; index < linkIds.length; index += 2) {
      const trace = linkIds.at(index);
      const span = linkIds.at(index + 1);
      columns.linkTraceId.word16(view, trace);
      columns.linkSpanId.word8(view, span);
      links.rows += 1;
      links.linkedTraceId.word16(view, trace);
      links.linkedSpanId.word8(view, span);
      links.ts.word8(view, startAt);
      links.traceId.word16(view, traceIdAt);
      links.spanId.word8(view, spanIdAt);
      spanOfLink.push(number);
    }
  }

  /** Ends the blocks that are large enough. Call after each span. */
  closeFull(day: DayRows): void {
    const { columns } = day;
    if (columns.rows >= ROWS_MAX || columns.byteLength >= BYTES_MAX) this.#close(true);
    else if (this.#month !== null && this.#month.touches.rows >= ROWS_MAX) this.#close(true);
  }

  /** Ends all blocks: their rows become sections. @param areWritten or written later, into the payload itself */
  #close(areWritten: boolean): void {
    const section = (
      table: SectionTable,
      period: number,
      columns: { readonly rows: number; block(tenant: number): PlannedBlock },
      words: NumberList,
    ) => {
      if (columns.rows === 0) return;
      this.#sections.push({
        table,
        period,
        rows: columns.rows,
        block: areWritten ? writtenBlock(columns.block(this.#tenant)) : columns.block(this.#tenant),
        words: words.taken(),
      });
    };
    for (const [day, { columns, spanOf }] of this.#days) section('spans', day, columns, spanOf);
    for (const [month, rows] of this.#months) {
      section('record_touches', month, rows.records, rows.spanOfRecord);
      section('links_in', month, rows.links, rows.spanOfLink);
      section('touches', month, rows.touches, rows.tagged);
    }
    this.#closedDays.push(...this.#days.values());
    this.#closedMonths.push(...this.#months.values());
    this.#days.clear();
    this.#months.clear();
    this.#lastDay = -1;
    this.#day = null;
    this.#month = null;
  }

  /** Lets other requests have the columns. Call when no plan knows them any more. */
  release(): void {
    for (const day of this.#closedDays) this.#pool.giveDay(day);
    for (const month of this.#closedMonths) this.#pool.giveMonth(month);
    this.#closedDays.length = 0;
    this.#closedMonths.length = 0;
  }

  /** Spans taken or kept as rejected so far that name a subject set. */
  get setSpans(): number {
    return this.#sets.length + this.rejected.filter(({ subjectSet }) => subjectSet !== '').length;
  }

  payload(): Uint8Array {
    this.#close(false);
    const payload: UnwrittenPayload = {
      tenant: this.#tenant,
      spans: this.spans,
      tokens: this.tokens.tokens,
      sets: this.#sets,
      rejected: this.rejected,
      sections: this.#sections,
    };
    return writePayload(payload);
  }
}

const TWO_32 = 4_294_967_296;
const lowWord = (ms: number) => ms % TWO_32;
const highWord = (ms: number) => Math.floor(ms / TWO_32);

const CONVERSATION = viewOf(Buffer.from('conversation:'));
const HASH_BYTES = 22;

function writeConversation(into: ByteColumn, plan: SpanPlan, walk: WalkedSpan): void {
  const at = plan.conversationAt;
  if (at < 0) {
    into.string(plan.conversation, 0, plan.conversation.byteLength);
    return;
  }
  const start = walk.conversations.starts[at] as number;
  const end = walk.conversations.ends[at] as number;
  into.stringLength(CONVERSATION.byteLength + end - start);
  into.copy(CONVERSATION, 0, CONVERSATION.byteLength);
  into.copy(walk.view, start, end);
}

function writeRef(into: ByteColumn, prefix: DataView, view: DataView, hash: number): void {
  into.stringLength(prefix.byteLength + HASH_BYTES);
  into.copy(prefix, 0, prefix.byteLength);
  into.copy(view, hash, hash + HASH_BYTES);
}

function copyRefs(into: ByteColumn, plans: readonly RefPlan[], hashes: NumberList, view: DataView): void {
  for (let index = 0; index < plans.length; index++) {
    writeRef(into, (plans[index] as RefPlan).prefix, view, hashes.at(index));
  }
}

function copyTexts(into: ByteColumn, { constants, holes }: Texts, passed: PassedValues, view: DataView): void {
  for (let index = 0; index < holes.length; index++) {
    const constant = constants[index] as DataView;
    if (constant.byteLength > 0) into.copy(constant, 0, constant.byteLength);
    const hole = holes[index] as number;
    const kind = passed.kinds[hole];
    if (kind === 'bytes') into.string(view, passed.starts[hole] as number, passed.ends[hole] as number);
    else if (kind === 'number') into.digits(passed.numbers[hole] as number);
    else into.text(passed.texts[hole] as string);
  }
  const last = constants[holes.length] as DataView;
  if (last.byteLength > 0) into.copy(last, 0, last.byteLength);
}
