import type { DecodedSpan, ReadSpan, Touch } from '../model/span.ts';
import { presentName } from '../node/present-name.ts';
import { withoutContents } from '../scrub/attributes.ts';
import { ScrubLog } from '../scrub/scrub-log.ts';
import { DECLARED, declaredTouches, recipientOverride } from './declared.ts';
import type { ReadContext } from './read-context.ts';
import { readResource } from './read-resource.ts';
import { settled } from './read-span.ts';
import { type RuleTable, recognisedBy } from './registry.ts';
import { scrubbedContext, withLists } from './reject-span.ts';
import type { Rule } from './rule.ts';
import { SpanView } from './span-view.ts';

/** A span as it lies in the table: without tokens. */
export type KeptReading = Omit<ReadSpan, 'tokens' | 'linkTokens' | 'subjectSet'>;

/** What rules and names of today say about a span; everything else stays as it is stored. */
export type Rederived = Pick<
  ReadSpan,
  'name' | 'self' | 'owner' | 'touches' | 'recordRefs' | 'derivedFrom' | 'recipientHost' | 'conversation' | 'ruleSet'
>;

/**
 * What a newer rule table says about a stored span. Pure; throws what a rule throws.
 *
 * A stored span is scrubbed, and tells less than the span that came: statements of systems other than SQL and all keys of
 * records but their pattern are gone, and so is whatever is not on the allow-list (`rules.test.ts` lists the conventions
 * that are read worse from what is stored). So a span is derived again only when a rule that concerns it has changed
 * since: one whose touches it has, one that reads it now, or one that is no more. And these stay as they were derived
 * when the span came in clear: the outcome (texts of errors are not stored), how many records, and whose it is. A span
 * that was no turn of a conversation then has no key of one now.
 *
 * Whatever the rules say, stores are called by their present names, also where they stand in a record ref: its hash is over
 * what the application called the store, and stays (ADR 99). And the span's own name loses content that is not kept any more.
 *
 * @returns null when what is stored holds under the newer table too
 */
export function rereadSpan(stored: KeptReading, context: ReadContext, table: RuleTable): Rederived | null {
  const log = new ScrubLog();
  const span = decodedOfStored(stored);
  const view = new SpanView(span, readResource(span.resource, log), scrubbedContext(context), log);
  view.outcome = stored.outcome;
  const found = recognisedBy(view, table.rules);
  const hasChanged = ({ changedIn = 1, changedFor }: Rule) =>
    changedIn > stored.ruleSet ||
    (changedFor !== undefined && changedFor.ruleSet > stored.ruleSet && changedFor.spans(view, stored.ruleSet));
  const isConcerned =
    (found !== null && hasChanged(found.rule)) || stored.touches.some((touch) => isOfChanged(touch, table, hasChanged));
  const named = { ...underPresentNames(stored, view), name: withoutContents(span, log), ruleSet: table.version };
  if (!isConcerned) return isNamedAsBefore(stored, named) ? null : named;
  const recognised = found?.recognised ?? { touches: [] };
  return {
    ...named,
    self: recognised.self ?? '',
    touches: settled(declaredTouches(view, recognised.touches), view),
    recipientHost: recipientOverride(view) || (recognised.recipientHost ?? ''),
    conversation: recognised.turn === true ? stored.conversation : '',
  };
}

type Named = Omit<Rederived, 'name' | 'ruleSet'>;

function underPresentNames(stored: KeptReading, view: SpanView): Named {
  const { self, recipientHost, conversation, touches } = stored;
  const nameOf = (id: string) => {
    const present = presentName(id);
    return present === id ? id : view.context.aliases(present);
  };
  const refOf = (ref: string) => {
    const hash = ref.lastIndexOf('#');
    return hash < 0 ? nameOf(ref) : nameOf(ref.slice(0, hash)) + ref.slice(hash);
  };
  const isMoved = touches.some(({ peer }) => nameOf(peer) !== peer);
  return {
    self,
    recipientHost,
    conversation,
    owner: nameOf(stored.owner),
    // Two names of one store are one touch.
    touches: isMoved
      ? settled(
          touches.map((touch) => ({ ...touch, peer: nameOf(touch.peer) })),
          view,
        )
      : touches,
    recordRefs: stored.recordRefs.map(refOf),
    derivedFrom: stored.derivedFrom.map(refOf),
  };
}

function isNamedAsBefore(stored: KeptReading, { name, owner, touches, recordRefs, derivedFrom }: Rederived): boolean {
  const areSame = (ids: readonly string[], before: readonly string[]) => ids.every((id, at) => id === before[at]);
  return (
    name === stored.name &&
    owner === stored.owner &&
    touches === stored.touches &&
    areSame(recordRefs, stored.recordRefs) &&
    areSame(derivedFrom, stored.derivedFrom)
  );
}

/** Touches that the code declared were not made by a rule; those of a rule that is no longer there must go. */
function isOfChanged({ rule: id }: Touch, { rules }: RuleTable, hasChanged: (rule: Rule) => boolean): boolean {
  if (id === DECLARED) return false;
  const makers = rules.filter((rule) => id === rule.id || id.startsWith(`${rule.id}.`));
  return makers.length === 0 || makers.some(hasChanged);
}

function decodedOfStored(stored: KeptReading): DecodedSpan {
  const { traceId, spanId, parentId, name, kind, startNs, endNs, scope, resource, instance } = stored;
  return {
    traceId,
    spanId,
    parentId,
    name,
    kind,
    startNs,
    endNs,
    scopeName: scope,
    scopeVersion: '',
    resource: { ...resource, ...(instance !== '' && { 'service.instance.id': instance }) },
    status: stored.outcome === 'ok' ? 'unset' : 'error',
    statusMessage: '',
    attributes: withLists(stored.attrs),
    events: stored.events.map(({ timeNs, name: eventName, attrs }) => ({ timeNs, name: eventName, attributes: attrs })),
    links: stored.links.map((link) => ({ ...link, attributes: {} })),
  };
}
