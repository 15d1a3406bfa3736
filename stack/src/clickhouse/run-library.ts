import { DataType, load, open } from 'ffi-rs';

/**
 * Runs `clickhouse-local` of libchdb in this process until its last statement ends. `ffi-rs` and not `koffi`, whose
 * private stack trips ClickHouse's stack check.
 *
 * @param library path of libchdb
 * @param args as on the command line, without the name of the program
 */
export function runClickHouseLocal(library: string, args: readonly string[]): void {
  const argv = ['clickhouse-local', ...args];
  open({ library: 'chdb', path: library });
  load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
  });
}

/**
 * Arguments that make it a server for as long as standard input stays open: the last statement reads that to its end.
 * FROM before SELECT, as ClickHouse allows.
 */
export const SERVE_UNTIL_STDIN_CLOSES: readonly string[] = [
  '--input-format=LineAsString',
  '--structure=l String',
  '--table=hold',
  '--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; FROM hold SELECT count() FORMAT Null',
];
