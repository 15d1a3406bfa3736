import { ATTR, CONVENTION_VERSION } from '@vestige/core/convention/attributes';
import type { OtelReadableSpan, OtelResource, OtelScope } from '../otel-types.ts';
import { writeKeyValue } from './any-value.ts';
import { isContent } from './content.ts';
import { type Scrub, writeSpan } from './span.ts';
import { ProtoWriter } from './writer.ts';

/** Tags of `ExportTraceServiceRequest` and the messages below it. */
const RESOURCE_SPANS = 0x0a;
const RESOURCE = 0x0a;
const SCOPE_SPANS = 0x12;
const RESOURCE_ATTRIBUTES = 0x0a;
const SCOPE = 0x0a;
const SPANS = 0x12;
const SCHEMA_URL = 0x1a;
const SCOPE_NAME = 0x0a;
const SCOPE_VERSION = 0x12;

/** Who sends: fills in what the host's resource does not say. */
export interface Sender {
  readonly serviceName: string;
  readonly serviceNamespace: string;
  /** `service.instance.id` of this process: `vestige.seq` counts within it. */
  readonly instanceId: string;
}

/** One piece of a request, and how many spans could not be written because reading them threw. */
export interface Piece {
  readonly bytes: Buffer;
  readonly spans: number;
  readonly unencodable: number;
}

/**
 * Turns ended spans into OTLP. A piece is a whole `ExportTraceServiceRequest`; because its only field is repeated,
 * pieces put one after another are again a request, which is what makes an append-only journal of them a body to send.
 */
export class RequestEncoder {
  readonly #writer = new ProtoWriter();
  readonly #scrub: Scrub;
  readonly #sender: Sender;
  readonly #resources = new WeakMap<OtelResource, Buffer>();
  readonly #scopes = new WeakMap<OtelScope, Buffer>();

  constructor(scrub: Scrub, sender: Sender) {
    this.#scrub = scrub;
    this.#sender = sender;
  }

  encode(spans: readonly OtelReadableSpan[]): Piece {
    const writer = this.#writer;
    writer.reset();
    let unencodable = 0;
    for (const [resource, byScope] of groups(spans)) {
      const resourceSpans = writer.open(RESOURCE_SPANS);
      writer.raw(this.#resourceBytes(resource));
      for (const [scope, own] of byScope) {
        const scopeSpans = writer.open(SCOPE_SPANS);
        writer.raw(this.#scopeBytes(scope));
        for (const span of own) {
          const before = writer.length;
          try {
            writeSpan(writer, SPANS, span, this.#scrub);
          } catch {
            writer.reset(before);
            unencodable++;
          }
        }
        if (scope.schemaUrl) {
          writer.tag(SCHEMA_URL);
          writer.string(this.#scrub.text(scope.schemaUrl));
        }
        writer.close(scopeSpans);
      }
      writer.close(resourceSpans);
    }
    return { bytes: writer.take(), spans: spans.length - unencodable, unencodable };
  }

  #resourceBytes(resource: OtelResource): Buffer {
    const known = this.#resources.get(resource);
    if (known) return known;
    const attributes = { ...this.#defaults(), ...attributesOf(resource), [ATTR.conventionVersion]: CONVENTION_VERSION };
    const writer = new ProtoWriter(1_024);
    const message = writer.open(RESOURCE);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && !isContent(key)) {
        writeKeyValue(writer, RESOURCE_ATTRIBUTES, key, value, this.#scrub.text);
      }
    }
    writer.close(message);
    const bytes = writer.take();
    if (!resource.asyncAttributesPending) this.#resources.set(resource, bytes);
    return bytes;
  }

  #defaults(): Record<string, unknown> {
    const { serviceName, serviceNamespace, instanceId } = this.#sender;
    return {
      'service.name': serviceName,
      ...(serviceNamespace === '' ? {} : { 'service.namespace': serviceNamespace }),
      'service.instance.id': instanceId,
    };
  }

  #scopeBytes(scope: OtelScope): Buffer {
    const known = this.#scopes.get(scope);
    if (known) return known;
    const writer = new ProtoWriter(256);
    const message = writer.open(SCOPE);
    writer.tag(SCOPE_NAME);
    writer.string(this.#scrub.text(scope.name));
    if (scope.version) {
      writer.tag(SCOPE_VERSION);
      writer.string(this.#scrub.text(scope.version));
    }
    writer.close(message);
    const bytes = writer.take();
    this.#scopes.set(scope, bytes);
    return bytes;
  }
}

type Groups = Map<OtelResource, Map<OtelScope, OtelReadableSpan[]>>;

function groups(spans: readonly OtelReadableSpan[]): Groups {
  const byResource: Groups = new Map();
  for (const span of spans) {
    let byScope = byResource.get(span.resource);
    if (!byScope) {
      byScope = new Map();
      byResource.set(span.resource, byScope);
    }
    const own = byScope.get(span.instrumentationScope);
    if (own) own.push(span);
    else byScope.set(span.instrumentationScope, [span]);
  }
  return byResource;
}

/** Reading `attributes` while detectors still run makes the SDK log an error; what is known so far is good enough. */
function attributesOf(resource: OtelResource): Record<string, unknown> {
  if (!resource.asyncAttributesPending || !resource.getRawAttributes) return resource.attributes;
  const settled: Record<string, unknown> = {};
  for (const [key, value] of resource.getRawAttributes()) {
    const pending = typeof value === 'object' && value !== null && 'then' in value;
    if (!pending && value !== undefined && !(key in settled)) settled[key] = value;
  }
  return settled;
}
