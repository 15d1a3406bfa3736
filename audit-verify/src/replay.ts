import type { Entry } from './entry.ts';
import type { Report } from './finding.ts';
import type { Payload } from './payloads.ts';
import { COUNTING, EXCUSED, PROVEN, REQUEST_STEPS, TASK_STEPS, WORKING } from './state-tables.ts';

export interface ReplayedTask {
  readonly id: string;
  state: string;
  /** Null while no opened payload has named it. */
  node: string | null;
  counts: { found: number; erased: number; residual: number } | null;
  /** The most that an attempt said it was about to erase. */
  announced: number;
  evidenceDigest: string | null;
  /** Who reported the work; the same key verifies nothing. */
  executedBy: string | null;
}

/** What the log knew when a request ended with a certificate. A request that goes on afterwards changes none of it. */
export interface LoggedEnd {
  readonly index: number;
  readonly sha256: string;
  readonly outcome: string;
  readonly approvedHash: string | null;
  readonly approvedBy: string | null;
  readonly tasks: readonly Readonly<ReplayedTask>[];
}

export interface ReplayedRequest {
  readonly id: string;
  state: string;
  filedBy: string;
  planHash: string | null;
  approvedHash: string | null;
  approvedBy: string | null;
  /** Of the plan that was started last. */
  tasks: Map<string, ReplayedTask>;
  /** Counted before the approval and changed nothing, so none of them proves anything. */
  readonly dryTasks: Map<string, ReplayedTask>;
  /** Certificates by id, with the hash that the log fixed. */
  readonly certificates: Map<string, LoggedEnd>;
}

/**
 * Lives through every request and task once more (check 6): each step must be one that the table permits, from the state
 * that the step before had left, and what ends must have been entitled to end.
 */
export class Replay {
  readonly requests = new Map<string, ReplayedRequest>();
  readonly #report: Report;
  #steps = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  get steps(): number {
    return this.#steps;
  }

  add(entry: Entry, payload: Payload | null): void {
    const [kind, event = ''] = entry.type.split('.');
    if (kind === 'request' && entry.object.kind === 'request') this.#request(entry, event);
    else if (kind === 'task' && entry.object.kind === 'task') this.#task(entry, event, payload);
  }

  #request(entry: Entry, event: string): void {
    const { id } = entry.object;
    if (event === 'file') {
      if (this.requests.has(id)) this.#broken('filed_twice', entry, `Request ${id} was filed before.`);
      else this.requests.set(id, filed(id, entry.actor));
      return;
    }
    const known = Object.values(REQUEST_STEPS).some((row) => event in row);
    if (!known) return;
    const request = this.requests.get(id);
    if (request === undefined) {
      this.#broken('never_filed', entry, `Request ${id} goes on, and was never filed.`);
      return;
    }
    if (!this.#step(entry, event, request, REQUEST_STEPS)) return;
    switch (event) {
      case 'plan':
        request.planHash = String(entry.facts['planHash'] ?? '');
        break;
      case 'approve':
        this.#approve(entry, request);
        break;
      case 'start':
        if (request.approvedHash === null || request.approvedHash !== request.planHash) {
          this.#broken('unapproved_plan', entry, `Request ${id} started a plan that nobody had approved.`);
        }
        request.tasks = new Map();
        break;
      case 'complete':
      case 'complete_with_exceptions':
        this.#end(entry, event, request);
        break;
    }
  }

  #approve(entry: Entry, request: ReplayedRequest): void {
    request.approvedHash = String(entry.facts['planHash'] ?? '');
    request.approvedBy = entry.actor;
    if (request.approvedHash !== request.planHash) {
      this.#broken('other_plan', entry, `Request ${request.id} was approved for another plan than the one made last.`);
    }
    if (request.filedBy === entry.actor) {
      const says = `Request ${request.id} was approved by the key that filed it.`;
      this.#report(
        'note',
        'states',
        'one_key',
        `entry ${entry.index}`,
        says,
        'Check that the policy allowed one key at that time.',
      );
    }
  }

  #end(entry: Entry, event: string, request: ReplayedRequest): void {
    const permitted = event === 'complete' ? PROVEN : [...PROVEN, ...EXCUSED];
    if (request.tasks.size === 0) {
      this.#broken(
        'ended_with_nothing',
        entry,
        `Request ${request.id} was ended (${event}) and nothing had been done.`,
      );
    }
    for (const task of request.tasks.values()) {
      if (!permitted.includes(task.state)) {
        const says = `Request ${request.id} was ended (${event}) while task ${task.id} was ${task.state}.`;
        this.#broken('ended_too_early', entry, says);
      }
    }
    const { certificate, certificateSha256 } = entry.facts;
    if (typeof certificate === 'string' && typeof certificateSha256 === 'string') {
      const { state: outcome, approvedHash, approvedBy } = request;
      const tasks = [...request.tasks.values()].map((task) => ({ ...task }));
      const end = { index: entry.index, sha256: certificateSha256, outcome, approvedHash, approvedBy, tasks };
      request.certificates.set(certificate, end);
    }
  }

  #task(entry: Entry, event: string, payload: Payload | null): void {
    if (!Object.values(TASK_STEPS).some((row) => event in row)) return;
    const request = this.requests.get(entry.requestId ?? '');
    if (request === undefined) {
      this.#broken('orphan_task', entry, `Task ${entry.object.id} belongs to no request of this log.`);
      return;
    }
    const isDry = entry.facts['dry'] === 1 || payload?.details?.['dry'] === true;
    // A count is handed out before the approval; what it found may be told whenever the worker comes to it.
    const isWork = event === 'claim' || (!isDry && (event === 'announce' || event === 'execute'));
    if (isWork && !(isDry ? COUNTING : WORKING).includes(request.state)) {
      this.#broken(
        'worked_unapproved',
        entry,
        `Task ${entry.object.id} was worked on while its request was ${request.state}.`,
      );
    }
    const tasks = isDry ? request.dryTasks : request.tasks;
    const task = tasks.get(entry.object.id) ?? started(entry.object.id);
    tasks.set(task.id, task);
    this.#step(entry, event, task, TASK_STEPS);
    this.#remember(entry, event, task, payload?.details ?? {});
  }

  #remember(entry: Entry, event: string, task: ReplayedTask, details: Readonly<Record<string, unknown>>): void {
    if (typeof details['node'] === 'string') task.node = details['node'];
    const { found, erased, residual, evidenceDigest } = details;
    if (event === 'execute' && [found, erased, residual].every(Number.isSafeInteger)) {
      task.counts = { found, erased, residual } as ReplayedTask['counts'];
    }
    if (event === 'announce' && Number.isSafeInteger(found)) task.announced = Math.max(task.announced, Number(found));
    if (event === 'execute' && task.counts !== null && task.counts.found < task.announced) {
      const says = `Task ${task.id} had announced ${task.announced} records, and accounts for ${task.counts.found}.`;
      this.#broken('announced_and_forgotten', entry, says);
    }
    if (event === 'verify_nothing' && task.announced > 0) {
      const says = `Task ${task.id} ended as if nothing had been found, after ${task.announced} records were announced.`;
      this.#broken('announced_and_forgotten', entry, says);
    }
    if (event === 'execute') task.executedBy = entry.actor;
    if ((event === 'verify_gone' || event === 'verify_nothing') && task.executedBy === entry.actor) {
      this.#broken('verified_by_executor', entry, `Task ${task.id} was verified by whoever had carried it out.`);
    }
    if (typeof evidenceDigest === 'string') task.evidenceDigest = evidenceDigest;
    if (event === 'verify_gone' && details['node'] !== undefined && task.evidenceDigest === null) {
      this.#broken('no_evidence', entry, `Task ${task.id} was verified without evidence.`);
    }
  }

  #step(entry: Entry, event: string, thing: { id: string; state: string }, table: typeof TASK_STEPS): boolean {
    this.#steps += 1;
    const { from, to } = entry.facts;
    const permitted = table[thing.state]?.[event];
    if (from !== thing.state) {
      this.#broken('skipped_step', entry, `${thing.id} was ${thing.state}, and this step starts from ${from}.`);
    } else if (permitted === undefined || permitted !== to) {
      this.#broken('illegal_step', entry, `${thing.id} may not go from ${from} to ${to} by ${event}.`);
    }
    // Going on from what the log claims, so that one wrong step is one finding.
    const right = from === thing.state && permitted === to;
    if (typeof to === 'string') thing.state = to;
    return right;
  }

  #broken(code: string, entry: Entry, says: string): void {
    this.#report('broken', 'states', code, `entry ${entry.index}`, says, ADVICE);
  }
}

const ADVICE =
  'The log is what was written, and what was written was not permitted: ask the operator how it came about.';

const filed = (id: string, filedBy: string): ReplayedRequest => ({
  id,
  state: 'received',
  filedBy,
  planHash: null,
  approvedHash: null,
  approvedBy: null,
  tasks: new Map(),
  dryTasks: new Map(),
  certificates: new Map(),
});
const started = (id: string): ReplayedTask => ({
  id,
  state: 'blocked',
  node: null,
  counts: null,
  announced: 0,
  evidenceDigest: null,
  executedBy: null,
});
