/** What happened since the start of this process. All counts of spans unless the name says otherwise. */
export interface Counters {
  started: number;
  ended: number;
  /** Reached the disk. */
  written: number;
  sent: number;
  /** The collector took the batch but refused these (partial success). */
  rejected: number;
  /** Kept on disk as `.dead`: the collector will never take the batch. Files, not spans. */
  deadFiles: number;
  /** Could neither be written nor kept in memory. Anything above 0 is a hole in the lineage. */
  lost: number;
  identifiersRefused: number;
  subjectsOverLimit: number;
  /** Outgoing calls that carried the subject, and those from which it was withheld. */
  baggageInjected: number;
  baggageWithheld: number;
  /** Inbound values that were forged, too old or malformed. */
  baggageRefused: number;
  contentDropped: number;
  identifiersMasked: number;
  /** Faults of this library that were swallowed. */
  internalErrors: number;
}

export function newCounters(): Counters {
  return {
    started: 0,
    ended: 0,
    written: 0,
    sent: 0,
    rejected: 0,
    deadFiles: 0,
    lost: 0,
    identifiersRefused: 0,
    subjectsOverLimit: 0,
    baggageInjected: 0,
    baggageWithheld: 0,
    baggageRefused: 0,
    contentDropped: 0,
    identifiersMasked: 0,
    internalErrors: 0,
  };
}
