import type { Conversation, Execution } from './execution.ts';
import type { People } from './programs.ts';
import type { OpenSpan, SimPerson } from './span.ts';

/** What earlier turns left in the conversation is there when a turn begins. */
export function recall(x: Execution, turn: OpenSpan, { history }: Conversation): void {
  for (const [person, turns] of history) {
    for (const [node, wasTold] of turns) {
      const told = wasTold && !x.trace.lossy;
      x.moved({ person, from: node, to: x.node, action: 'share', told }, turn);
      x.receive(person, told);
    }
  }
}

/** What a turn leaves to those after it. */
export function remember(x: Execution, turn: OpenSpan, { history }: Conversation, who: People = x.people): void {
  for (const person of who) {
    if (!says(turn, person)) continue;
    const turns = history.get(person) ?? new Map<string, boolean>();
    turns.set(x.node, (turns.get(x.node) ?? false) || x.told(person, turn));
    history.set(person, turns);
  }
}

/** A span that declares people is about nobody else: nothing else goes through it. */
export function says(span: OpenSpan, person: SimPerson): boolean {
  const { tags } = span;
  return tags?.attribution !== 'declared' || tags.role === 'actor' || tags.people.includes(person);
}
