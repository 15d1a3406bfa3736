import { hash } from 'node:crypto';
import type { Attrs, ScrubCounts } from '@vestige/core/model/span';
import { type ReadResource, readResource } from '@vestige/core/recognise/read-resource';
import { ScrubLog } from '@vestige/core/scrub/scrub-log';
import type { SpanProcess } from '@vestige/store/events/span-shape';
import { TracesBuilder } from '../otlp/decoded-traces.ts';
import { readResourceMessages } from '../otlp/read-protobuf.ts';
import type { Range } from '../otlp/request-layout.ts';
import { WireReader } from '../otlp/wire-reader.ts';

/** A process that sends spans, as it is stored. Nothing of its resource that scrubbing drops is in it. */
export interface KnownResource extends SpanProcess {
  readonly read: ReadResource;
  readonly scrubbed: ScrubCounts;
  /** Attribute values, nested ones included. */
  readonly values: number;
}

const RESOURCES_MAX = 4_096;

/**
 * Resources by what their bytes hash to: a process says the same of itself in every request, and small requests consist
 * of that. Does not depend on the tenant.
 */
export class KnownResources {
  readonly #known = new Map<string, KnownResource>();

  get(body: Buffer, ranges: readonly Range[]): KnownResource | undefined {
    const [range] = ranges;
    if (range === undefined || ranges.length > 1) return undefined;
    return this.#known.get(digest(body, range));
  }

  set(body: Buffer, ranges: readonly Range[], resource: KnownResource): void {
    const [range] = ranges;
    if (range === undefined || ranges.length > 1) return;
    if (this.#known.size >= RESOURCES_MAX) this.#known.clear();
    this.#known.set(digest(body, range), resource);
  }
}

function digest(body: Buffer, { start, stop }: Range): string {
  return hash('sha256', body.subarray(start, stop), 'binary');
}

/** Reads attributes as a process; `values` is what they cost. */
export function knownResource(attributes: Attrs, values: number): KnownResource {
  const log = new ScrubLog();
  const read = readResource(attributes, log);
  const { service, instance } = read;
  return { read, service, instance, resource: JSON.stringify(read.attributes), scrubbed: log.counts(), values };
}

/** The attributes of a resource that was read before, in full, for a span that is read in full; counted nowhere again. */
export function attributesAgain(body: Buffer, ranges: readonly Range[], cost: TracesBuilder): Attrs {
  const attributes = readResourceMessages(new WireReader(body), ranges, new TracesBuilder(cost.limits, 0));
  readResource(attributes, new ScrubLog());
  return attributes;
}
