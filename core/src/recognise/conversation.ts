import { mask } from '../scrub/mask.ts';
import type { SpanView } from './span-view.ts';

const SESSION = ['session.id', 'langfuse.session.id'] as const;
const CONVERSATION_CHARS_MAX = 200;

/**
 * `conversation:{id}` of ruling 10. Frameworks that only know sessions give `session.id`. An id that holds an e-mail
 * address is stored as its keyed hash, or not at all: masked ids would make one conversation of many people's.
 */
export function conversationOf(view: SpanView): string {
  const byFramework = view.has('openinference.span.kind') || view.has('langfuse.observation.type');
  const id = view.text('gen_ai.conversation.id') || (byFramework ? view.text(...SESSION) : '');
  if (id === '') return '';
  const isPlain = id.length <= CONVERSATION_CHARS_MAX && mask(id) === id;
  if (isPlain) return `conversation:${id}`;
  const ref = view.context.recordRefs?.('conversation', id)[0];
  if (ref !== undefined) return `conversation:${ref.slice(ref.lastIndexOf('#'))}`;
  view.log.dropped('gen_ai.conversation.id');
  return '';
}
