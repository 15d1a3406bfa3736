import type { Attrs } from '../model/span.ts';
import { serviceName, serviceNode } from '../node/actor.ts';
import { part } from '../node/part.ts';
import { plainText, scrubResource } from '../scrub/attributes.ts';
import type { ScrubLog } from '../scrub/scrub-log.ts';

/** What a resource says, read once however many spans it brings. */
export interface ReadResource {
  /** `{service}` of ruling 18, without prefix. */
  readonly name: string;
  /** `service:{service}` */
  readonly service: string;
  readonly instance: string;
  readonly region: string;
  readonly account: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Spans of one request share their resource object, so the result is kept with it; it goes when the object goes. Drops
 * in a resource are therefore counted once per request, not once per span.
 */
const read = new WeakMap<Attrs, ReadResource>();

export function readResource(resource: Attrs, log: ScrubLog): ReadResource {
  const known = read.get(resource);
  if (known !== undefined) return known;
  const text = (key: string) => plainText(resource[key]);
  const name = serviceName(text('service.namespace'), text('service.name'), log.onMask);
  const instance = text('service.instance.id');
  const result: ReadResource = {
    name,
    service: serviceNode(name),
    instance: instance === '' ? '' : part(instance, log.onMask),
    region: text('cloud.region'),
    account: text('cloud.account.id'),
    attributes: scrubResource(resource, log),
  };
  read.set(resource, result);
  return result;
}
