import type { ReactNode } from 'react';
import { Failure } from './failure.tsx';

/** What a query says about whether its rows came. */
interface Reading {
  readonly error: unknown;
  refetch(): Promise<unknown>;
}

/**
 * What every list is: on its way, failed with a way to try again, empty with a reason, or there.
 *
 * @param rows undefined until they came
 * @param empty why there are none, and what would fill the list
 * @param children the table, asked for only where it has a row
 */
export function ListFrame<Row>({
  of: { error, refetch },
  rows,
  empty,
  children,
}: {
  of: Reading;
  rows: readonly Row[] | undefined;
  empty: ReactNode;
  children: (rows: readonly Row[]) => ReactNode;
}) {
  return (
    <>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {rows === undefined && error === null && <div className="skeleton rows-wait" />}
      {rows?.length === 0 && empty}
      {rows !== undefined && rows.length > 0 && children(rows)}
    </>
  );
}
