import { LinkColumns, RecordTouchColumns } from '@vestige/store/events/jump-columns';
import { SpanColumns } from '@vestige/store/events/span-columns';
import type { SpanProcess } from '@vestige/store/events/span-shape';
import { TouchColumns } from '@vestige/store/events/touch-columns';
import { NumberList } from './number-list.ts';

/** Rows of one day of `spans`. */
export class DayRows {
  readonly columns: SpanColumns;
  /** Number of the span of each row. */
  readonly spanOf = new NumberList();
  readonly #processes = new Map<SpanProcess, number>();
  #last: SpanProcess | null = null;
  #lastNumber = 0;

  constructor(rowsExpected: number) {
    this.columns = new SpanColumns(rowsExpected);
  }

  /** The number of a process in `columns`. */
  process(process: SpanProcess): number {
    if (process === this.#last) return this.#lastNumber;
    let number = this.#processes.get(process);
    if (number === undefined) {
      number = this.columns.takeProcess(process);
      this.#processes.set(process, number);
    }
    this.#last = process;
    this.#lastNumber = number;
    return number;
  }

  clear(): void {
    this.columns.clear();
    this.spanOf.clear();
    this.#processes.clear();
    this.#last = null;
  }
}

/** Rows of one month of the other tables. */
export class MonthRows {
  readonly touches = new TouchColumns();
  /** The words of `tagged-spans.ts`. */
  readonly tagged = new NumberList();
  readonly records = new RecordTouchColumns();
  readonly spanOfRecord = new NumberList();
  readonly links = new LinkColumns();
  readonly spanOfLink = new NumberList();

  clear(): void {
    this.touches.clear();
    this.tagged.clear();
    this.records.clear();
    this.spanOfRecord.clear();
    this.links.clear();
    this.spanOfLink.clear();
  }
}

const ROWS_EXPECTED = 512;
const KEPT_MAX = 4;
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Columns that requests use one after the other: growing them anew for each request costs more than filling them. A few
 * are kept, and none that a huge request has made huge.
 */
export class RowsPool {
  readonly #days: DayRows[] = [];
  readonly #months: MonthRows[] = [];

  /** @param isOnly its request has no other day so far: all but a hostile one hold spans of one or two days */
  day(isOnly: boolean): DayRows {
    return this.#days.pop() ?? new DayRows(isOnly ? ROWS_EXPECTED : 1);
  }

  month(): MonthRows {
    return this.#months.pop() ?? new MonthRows();
  }

  giveDay(rows: DayRows): void {
    if (this.#days.length >= KEPT_MAX || rows.columns.byteLength > KEPT_BYTES_MAX) return;
    rows.clear();
    this.#days.push(rows);
  }

  giveMonth(rows: MonthRows): void {
    if (this.#months.length >= KEPT_MAX) return;
    rows.clear();
    this.#months.push(rows);
  }
}
