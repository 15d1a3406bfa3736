import type { RejectedSpan } from '@vestige/store/events/event-store';
import { rejectedBlocks } from '@vestige/store/events/rejected-blocks';
import type { DrainRecord, RecordFormat, Resolution } from '../drain/drain-record.ts';
import { resolvedRejected } from '../ingest/rejected-spans.ts';
import type { TokenAt } from '../ingest/resolve-tokens.ts';
import { InsertBodies } from './insert-bodies.ts';
import { type Payload, readPayload, type Section } from './payload.ts';
import { type ResolvedRecord, resolveRecord } from './resolve-record.ts';
import { taggedSpans } from './tagged-spans.ts';

interface OpenRecord extends DrainRecord {
  readonly payload: Payload;
}

/** Reads what an encoder of this folder wrote. */
export const recordFormat: RecordFormat = {
  open(bytes): OpenRecord {
    const payload = readPayload(bytes);
    const { rejected } = payload;
    const sets = payload.sets.map(([, setId, atMs]) => ({ setId, atMs }));
    for (const { subjectSet, atMs } of rejected) if (subjectSet !== '') sets.push({ setId: subjectSet, atMs });
    const { wanted, tags } = wantedBy(payload);
    return {
      payload,
      tenant: payload.tenant,
      spans: payload.spans,
      wanted: [...wanted, ...ofRejected(payload)],
      sightings: () => [...sightingsIn(payload), ...ofRejected(payload)],
      tags: tags + ofRejected(payload).length,
      sets,
    };
  },

  assemble(records, resolution) {
    const sum = { accepted: 0, suppressedSpans: 0, suppressedTags: 0, unknownSets: 0 };
    const bodies = new InsertBodies();
    const rejected = [];
    for (const { payload } of records as readonly OpenRecord[]) {
      const resolved = resolveRecord(payload, resolution);
      for (const section of payload.sections) addSection(bodies, section, resolved);
      sum.accepted += payload.spans - resolved.dropped.size;
      sum.suppressedSpans += resolved.dropped.size;
      sum.suppressedTags += resolved.suppressedTags;
      sum.unknownSets += resolved.unknownSets;
      rejected.push(...rejectedBlocks(payload.tenant, rejectedOf(payload, resolution)));
    }
    const { first, last } = bodies.blocks();
    return { blocks: { first: [...first, ...rejected], last }, ...sum };
  },
};

/** Each token once: a request of a thousand spans speaks of a hundred people. */
function wantedBy({ sections, tokens }: Payload): { wanted: TokenAt[]; tags: number } {
  const oldestMs = new Float64Array(tokens.length).fill(Number.POSITIVE_INFINITY);
  let tags = 0;
  for (const { table, words } of sections) {
    if (table !== 'touches') continue;
    for (const { at, own, linked, startMs } of taggedSpans(words)) {
      tags += own + linked;
      for (let index = at; index < at + own + linked; index++) {
        const token = words[index] as number;
        if (startMs < (oldestMs[token] as number)) oldestMs[token] = startMs;
      }
    }
  }
  const wanted: TokenAt[] = [];
  for (const [number, atMs] of oldestMs.entries()) {
    if (atMs < Number.POSITIVE_INFINITY) wanted.push({ token: tokens[number] as string, atMs });
  }
  return { wanted, tags };
}

function sightingsIn({ sections, tokens }: Payload): TokenAt[] {
  const sightings: TokenAt[] = [];
  for (const { table, words } of sections) {
    if (table !== 'touches') continue;
    for (const { at, own, linked, startMs } of taggedSpans(words)) {
      for (let index = at; index < at + own + linked; index++) {
        sightings.push({ token: tokens[words[index] as number] as string, atMs: startMs });
      }
    }
  }
  return sightings;
}

function ofRejected({ rejected }: Payload): TokenAt[] {
  return rejected.flatMap(({ tokens, linkTokens, atMs }) =>
    [...tokens, ...linkTokens].map((token) => ({ token, atMs })),
  );
}

function addSection(bodies: InsertBodies, section: Section, { dropped, touches }: ResolvedRecord): void {
  if (section.table === 'touches') {
    const resolved = touches.get(section);
    if (resolved !== undefined) bodies.addTouches(section, resolved.rows, resolved.subjects);
  } else if (dropped.size === 0) bodies.add(section, null);
  else {
    const { words } = section;
    const rows = words.map((_, row) => row).filter((row) => !dropped.has(words[row] as number));
    bodies.add(section, rows);
  }
}

/** Those that are still somebody's, or were nobody's. */
function rejectedOf({ tenant, rejected }: Payload, resolution: Resolution): RejectedSpan[] {
  return rejected
    .map((span) =>
      resolvedRejected(
        span,
        (token, atMs) => resolution.subjectOf(tenant, token, atMs),
        (setId, atMs) => resolution.membersOf(tenant, setId, atMs),
      ),
    )
    .filter((span) => span !== null);
}
