import { declared, type Surroundings } from './execution.ts';
import type { Program } from './programs.ts';
import type { SimPerson } from './span.ts';
import type { Store } from './systems.ts';
import type { Work } from './timeline.ts';

/** A worker erases one person for a request: no flow of anybody's (ruling 14), but what it deletes is gone. */
export function* eraseForRequest(
  { recorder, timeline, dice, truth }: Surroundings,
  { service }: Program,
  person: SimPerson,
  stores: readonly Store[],
): Work {
  const trace = recorder.trace();
  const root = recorder.open(trace, null, service, 'internal', 'erase', timeline.now);
  root.attributes['vestige.request.id'] = dice.uuid(4, 0);
  for (const store of stores) {
    const span = recorder.open(trace, root, service, 'client', 'delete', timeline.now);
    Object.assign(span.attributes, store.attributes('delete', '0'), root.attributes);
    span.tags = declared([person]);
    truth.clearings.push({ person: person.number, node: store.place.node, atUs: timeline.now });
    yield* timeline.wait(dice.between(1_000, 20_000));
    for (const { people } of store.place.items.values()) people.delete(person.number);
    yield* timeline.wait(dice.between(1_000, 20_000));
    recorder.close(span, timeline.now);
  }
  recorder.close(root, timeline.now);
}
