import { type Conversation, declared, Execution } from './execution.ts';
import type { People, Program } from './programs.ts';
import type { OpenSpan, SimPerson } from './span.ts';
import type { Work } from './timeline.ts';

/** What the callee gives back; `fails`: nothing comes back, because the call broke. */
export type Returned = People | 'fails';

export interface InvokeOptions {
  readonly conversation?: Conversation | null;
}

/**
 * One execution starts another and gets something back: an agent or tool in the same process, a service of ours over
 * HTTP. What it is about goes in when it starts; what the callee returns comes back when it ends.
 */
export function* invoke(
  x: Execution,
  program: Program,
  who: People,
  body: (y: Execution) => Work<Returned>,
  { conversation = null }: InvokeOptions = {},
): Work {
  const { env, dice, trace } = x;
  const { recorder, timeline } = env;
  const remote = program.service !== x.program.service;
  const via = remote ? x.open('client', 'POST') : null;
  if (via !== null) {
    Object.assign(via.attributes, {
      'http.request.method': 'POST',
      'server.address': program.service.name,
      'url.full': `http://${program.service.name}/call`,
      'http.response.status_code': 200,
    });
    x.tag(via, who);
    yield* timeline.wait(dice.between(0, 2_000));
  }
  const isLoose = via === null && x.program.kind !== 'service' && dice.chance(x.program.tagging.losesNesting);
  const above = via ?? (isLoose ? null : x.span);
  const entry = recorder.open(
    trace,
    above,
    program.service,
    remote ? 'server' : 'internal',
    program.name,
    timeline.now,
  );
  if (isLoose) entry.attributes['vestige.owner'] = x.node;
  describe(entry, program, conversation);

  const past = conversation === null ? [] : [...conversation.history.keys()];
  const about = [...new Set([...who, ...past])];
  const serving = program.tagging.stamps && x.serving.length > 0 ? x.serving : [];
  if (about.length > 0 && dice.chance(program.tagging.declaresExecution)) entry.tags = declared(about);
  else if (serving.length > 0) entry.tags = { ...declared(serving), attribution: 'ambient' };

  const y = new Execution(env, program, trace, entry, serving);
  for (const person of who) {
    const told = x.told(person, via ?? entry) || (!trace.lossy && entry.named().includes(person));
    x.moved({ person, from: x.node, to: y.node, action: 'share', told }, entry);
    y.receive(person, told);
  }
  if (conversation !== null) recall(y, conversation);

  const result = yield* body(y);
  const given = result === 'fails' ? [] : result.filter((person) => says(entry, person) && (!via || says(via, person)));
  if (conversation !== null) remember(y, conversation);
  if (result === 'fails') entry.attributes['error.type'] = 'Error';
  recorder.close(entry, timeline.now, result === 'fails' ? 'failed' : 'ok');
  if (via !== null) {
    yield* timeline.wait(dice.between(0, 2_000));
    if (result === 'fails') via.attributes['error.type'] = '500';
    x.close(via, result === 'fails' ? 'failed' : 'ok');
  }
  for (const person of given) {
    const told = y.told(person, entry);
    x.moved({ person, from: y.node, to: x.node, action: 'receive', told }, entry);
    x.receive(person, told);
  }
}

/** A span that declares people is about nobody else: nothing else goes through it. */
function says(span: OpenSpan, person: SimPerson): boolean {
  return span.tags?.attribution !== 'declared' || span.tags.people.includes(person);
}

function describe(entry: OpenSpan, program: Program, conversation: Conversation | null): void {
  if (program.kind === 'agent') {
    entry.attributes['gen_ai.operation.name'] = 'invoke_agent';
    entry.attributes['gen_ai.agent.name'] = program.name;
  } else if (program.kind === 'tool') {
    entry.attributes['gen_ai.operation.name'] = 'execute_tool';
    entry.attributes['gen_ai.tool.name'] = program.name;
  } else {
    entry.attributes['http.request.method'] = 'POST';
    entry.attributes['url.path'] = '/call';
    entry.attributes['http.response.status_code'] = 200;
  }
  if (conversation !== null) entry.attributes['gen_ai.conversation.id'] = conversation.id;
}

/** What earlier turns left in the conversation is there when this one begins. */
function recall(y: Execution, { history }: Conversation): void {
  for (const [person, turns] of history) {
    for (const [node, wasTold] of turns) {
      const told = wasTold && !y.trace.lossy;
      y.moved({ person, from: node, to: y.node, action: 'share', told }, y.span);
      y.receive(person, told);
    }
  }
}

function remember(y: Execution, { history }: Conversation): void {
  for (const person of y.people) {
    if (!says(y.span, person)) continue;
    const turns = history.get(person) ?? new Map<string, boolean>();
    turns.set(y.node, (turns.get(y.node) ?? false) || y.told(person, y.span));
    history.set(person, turns);
  }
}
