import { type Logger, pino } from 'pino';

/** JSON lines on standard error, so that standard output stays for answers. Callers pass codes and counts, no values. */
export function processLog(part: string, level: string): Logger {
  return pino({ level, base: { part } }, pino.destination({ fd: 2, sync: true }));
}
