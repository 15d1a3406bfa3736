import { recall, remember, says } from './conversation.ts';
import { type Conversation, declared, Execution, LOSSY } from './execution.ts';
import type { People, Program } from './programs.ts';
import type { OpenSpan } from './span.ts';
import type { Work } from './timeline.ts';

/** What the callee gives back; `fails`: nothing comes back, because the call broke. */
export type Returned = People | 'fails';

export interface InvokeOptions {
  readonly conversation?: Conversation | null;
}

/**
 * A service of ours is called and nothing tells that it was this caller: a gateway that drops the headers, a client without
 * instrumentation, a job that calls back. What it was sent is known from what it names itself, and it seems to be asked
 * by somebody from outside.
 */
export function* handOver(x: Execution, program: Program, who: People, body: (y: Execution) => Work): Work {
  const { env, dice } = x;
  const { recorder, timeline } = env;
  const via = x.open('client', 'POST');
  Object.assign(via.attributes, request(program));
  via.did.push({ action: 'share', node: program.node }, { action: 'receive', node: program.node });
  x.tag(via, who);
  const told = new Map(who.map((person) => [person, x.told(person, via)]));
  yield* timeline.wait(dice.between(0, 2_000));
  for (const [person, isTold] of told) {
    x.moved({ person, from: x.node, to: program.node, action: 'share', told: isTold }, via);
  }

  const entry = recorder.open(
    recorder.trace(dice.chance(LOSSY)),
    null,
    program.service,
    'server',
    program.name,
    timeline.now,
  );
  describe(entry, program, null);
  const client = `client:${program.service.name}`;
  if (who.length > 0 && dice.chance(program.tagging.declaresExecution)) entry.tags = x.declares(who);
  else if (who.length > 0 && dice.chance(program.tagging.tagsEntry))
    entry.tags = { ...declared(who), attribution: 'ambient' };
  const y = new Execution(env, program, entry.trace, entry, program.tagging.stamps ? entry.named() : []);
  for (const person of who) {
    const isNamed = !entry.trace.lossy && entry.named().includes(person);
    y.moved({ person, from: client, to: y.node, action: 'receive', told: isNamed }, entry);
    y.receive(person, isNamed);
  }
  yield* body(y);
  const broke = dice.chance(0.05);
  for (const person of broke ? [] : who) {
    y.moved({ person, from: y.node, to: client, action: 'share', told: y.told(person, entry) }, entry);
  }
  if (broke) entry.attributes['error.type'] = '500';
  recorder.close(entry, timeline.now, broke ? 'failed' : 'ok');
  yield* timeline.wait(dice.between(0, 2_000));
  if (broke) via.attributes['error.type'] = '500';
  else {
    for (const [person, isTold] of told) {
      x.moved({ person, from: program.node, to: x.node, action: 'receive', told: isTold }, via);
    }
  }
  x.close(via, broke ? 'failed' : 'ok');
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
    Object.assign(via.attributes, request(program));
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

const request = (program: Program) => ({
  'http.request.method': 'POST',
  'server.address': hostOf(program),
  'url.full': `http://${hostOf(program)}/call`,
  'http.response.status_code': 200,
});

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
