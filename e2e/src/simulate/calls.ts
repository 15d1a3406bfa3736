import { recall, remember, says } from './conversation.ts';
import { type Conversation, declared, Execution } from './execution.ts';
import type { People, Program } from './programs.ts';
import type { OpenSpan } from './span.ts';
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
      'server.address': hostOf(program),
      'url.full': `http://${hostOf(program)}/call`,
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
  if (about.length > 0 && dice.chance(program.tagging.declaresExecution)) entry.tags = x.declares(about);
  else if (serving.length > 0) entry.tags = { ...declared(serving), attribution: 'ambient' };

  const y = new Execution(env, program, trace, entry, serving);
  for (const person of who) {
    const told = x.told(person, via ?? entry) || (!trace.lossy && entry.named().includes(person));
    x.moved({ person, from: x.node, to: y.node, action: 'share', told }, entry);
    y.receive(person, told);
  }
  if (conversation !== null) recall(y, entry, conversation);

  const result = yield* body(y);
  const given = result === 'fails' ? [] : result.filter((person) => says(entry, person) && (!via || says(via, person)));
  if (conversation !== null) remember(y, entry, conversation);
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

/** A service answers under its name without the namespace. */
const hostOf = ({ service }: Program) => service.name.slice(service.name.lastIndexOf('/') + 1);

function describe(entry: OpenSpan, program: Program, conversation: Conversation | null): void {
  if (program.kind === 'agent') {
    entry.attributes['gen_ai.operation.name'] = 'invoke_agent';
    entry.attributes['gen_ai.agent.name'] = program.name;
  } else if (program.kind === 'tool') {
    entry.attributes['gen_ai.operation.name'] = 'execute_tool';
    entry.attributes['gen_ai.tool.name'] = program.name;
  } else if (program.kind === 'workflow') {
    entry.attributes['gen_ai.operation.name'] = 'invoke_workflow';
    entry.attributes['gen_ai.workflow.name'] = program.name;
  } else {
    entry.attributes['http.request.method'] = 'POST';
    entry.attributes['url.path'] = '/call';
    entry.attributes['http.response.status_code'] = 200;
  }
  if (conversation !== null) entry.attributes['gen_ai.conversation.id'] = conversation.id;
}
