import { type Baggage, type BaggageEntry, baggageEntryMetadataFromString, propagation } from '@opentelemetry/api';

/**
 * The W3C `baggage` header, for hosts that have no baggage propagator of their own. Limits as in OpenTelemetry JS: 180
 * members, 4,096 characters each, 8,192 in all.
 */
export const BAGGAGE_HEADER = 'baggage';
const MEMBERS_MAX = 180;
const MEMBER_CHARS_MAX = 4_096;
const HEADER_CHARS_MAX = 8_192;

export function writeHeader(baggage: Baggage): string {
  let header = '';
  for (const [key, entry] of baggage.getAllEntries().slice(0, MEMBERS_MAX)) {
    const metadata = entry.metadata === undefined ? '' : `;${entry.metadata.toString()}`;
    const member = `${encodeURIComponent(key)}=${encodeURIComponent(entry.value)}${metadata}`;
    if (member.length > MEMBER_CHARS_MAX || header.length + member.length + 1 > HEADER_CHARS_MAX) continue;
    header += header === '' ? member : `,${member}`;
  }
  return header;
}

/** Malformed members are left out, as the specification asks. */
export function readHeader(header: string): Baggage {
  const entries: Record<string, BaggageEntry> = {};
  for (const member of header.slice(0, HEADER_CHARS_MAX).split(',').slice(0, MEMBERS_MAX)) {
    const [pair = '', ...metadata] = member.split(';');
    const cut = pair.indexOf('=');
    if (cut < 1) continue;
    const key = decode(pair.slice(0, cut).trim());
    const value = decode(pair.slice(cut + 1).trim());
    if (key === null || value === null || key === '') continue;
    entries[key] =
      metadata.length > 0 ? { value, metadata: baggageEntryMetadataFromString(metadata.join(';').trim()) } : { value };
  }
  return propagation.createBaggage(entries);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
