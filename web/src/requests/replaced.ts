/** The rows with one of them changed in part. */
export const replaced = <Row>(rows: readonly Row[], at: number, part: Partial<Row>): Row[] =>
  rows.map((row, i) => (i === at ? { ...row, ...part } : row));
