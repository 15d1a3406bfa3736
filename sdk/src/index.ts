/** Everything an application needs, by name. Each file can also be imported alone. */

export { type AgentOptions, type ToolOptions, withAgent, withTool, withWorkflow } from './agent.ts';
export type { CoverageReport, LibraryCoverage, OtelInstrumentation } from './check/coverage.ts';
export {
  type Flow,
  type FlowNotes,
  type PeerFlow,
  type RecordKey,
  type RecordRef,
  recordDelete,
  recordRead,
  recordShare,
  recordWrite,
  refsOf,
  type StoreFlow,
} from './flow.ts';
export { type MessageHeaders, withMessage } from './message.ts';
export { type OpenOptions, openVestige, type VestigeHandle, vestigeProcessors } from './open.ts';
export type { Durability, Loss, VestigeOptions } from './options.ts';
export type { Problem, ProblemCode } from './problem.ts';
export { vestigePropagator } from './propagator.ts';
export { defineRecipient, type Recipient, type RecipientDefaults } from './recipient.ts';
export { bindIterator } from './run-in.ts';
export { vestigeSampler } from './sampler.ts';
export { type StartOptions, startVestige } from './start.ts';
export { defineStore, type KeyedFlow, type StoreDefaults, type StoreHandle, type Traced } from './store.ts';
export type { Identifier, SubjectScope, Subjects } from './subject/subject.ts';
export { activeSubjectTokens, withSubject } from './subject/with-subject.ts';
export { registerSubjectSet } from './subject-set.ts';
