import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEXT_REQUEST_STATE } from '@vestige/core/request/request-state';
import { NEXT_TASK_STATE } from '@vestige/core/request/task-state';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { humanReport } from './human-report.ts';
import { PROVEN, REQUEST_STEPS, TASK_STEPS } from './state-tables.ts';
import {
  evidenceDigest,
  inMemory,
  MadeLog,
  noteKey,
  noteOf,
  ORIGIN,
  ordinaryDay,
  planHash,
  reopenedDay,
  rootOf,
  START_MS,
} from './testing/made-log.ts';
import { type Brought, type Verdict, verifyBundle } from './verify-bundle.ts';

const nothing = { saved: [], authorities: [], issuer: null };
const withKeys = (log: MadeLog, more: Partial<Brought> = {}): Brought => ({
  ...nothing,
  keys: log.vkeys.map(({ vkey }) => vkey).join('\n'),
  ...more,
});
const verdictOf = (log: MadeLog, more: Partial<Brought> = {}): Verdict =>
  verifyBundle(inMemory(log.files()), withKeys(log, more));
const codes = ({ findings }: Verdict) => [...new Set(findings.map(({ code }) => code))];

/** The bundle of an ordinary day after somebody had it in their hands. */
function tampered(change: (files: Map<string, Buffer>, log: MadeLog) => void, more: Partial<Brought> = {}): Verdict {
  const log = ordinaryDay();
  const files = log.files();
  change(files, log);
  return verifyBundle(inMemory(files), withKeys(log, more));
}
const edit = (files: Map<string, Buffer>, name: string, change: (text: string) => string) =>
  files.set(name, Buffer.from(change(files.get(name)?.toString('utf8') ?? '')));
/** As who may read entries and no payload hands the log out. */
const withhold = (log: MadeLog) =>
  log.beside.forEach((line, index, all) => {
    if (!line.includes('redactedBy')) all[index] = JSON.stringify({ index, withheld: true });
  });
const linesOf = (text: string) => text.trimEnd().split('\n');
const FIRST = 'entries/000000000000.jsonl';
const SECOND = 'entries/000000000008.jsonl';

describe('an ordinary log', () => {
  test('holds, and every check was made', () => {
    const verdict = verdictOf(ordinaryDay());
    expect(verdict.findings).toEqual([]);
    expect(verdict.verdict).toBe('holds');
    expect(verdict.checks.map(({ ok }) => ok)).toEqual(Array.from({ length: 8 }, () => true));
    expect(verdict.checked).toMatchObject({ checkpoints: 3, requests: 1, steps: 13, certificates: 1, heartbeats: 1 });
    expect(humanReport(verdict)).toContain('The log HOLDS.');
  });

  test('shows an erased payload as redacted, with the entry that authorised it', () => {
    const verdict = verdictOf(ordinaryDay());
    expect(verdict.redacted).toEqual([{ index: 1, by: 15 }]);
    expect(humanReport(verdict)).toContain('erased by right, the entries stand: 1 (by entry 15)');
  });

  test('believed on its own keys alone says that anybody could have made it', () => {
    const log = ordinaryDay();
    const verdict = verifyBundle(inMemory(log.files()), { ...nothing, keys: null });
    expect([verdict.verdict, codes(verdict)]).toEqual(['holds', ['keys_of_bundle']]);
  });

  test('agrees with every checkpoint that was kept', () => {
    const log = ordinaryDay();
    const saved = [...log.notes].map(([size, note]) => ({ at: `${size}.note`, note }));
    expect(verdictOf(log, { saved })).toMatchObject({ verdict: 'holds', checked: { kept: 3 } });
  });
});

describe('a bundle that somebody changed does not hold', () => {
  test('at any bit of any entry, payload, checkpoint or certificate', () => {
    const log = ordinaryDay();
    const files = log.files();
    const places = [...files]
      .filter(([name]) => /^(entries|payloads|checkpoints|certificates)\//.test(name) && !name.endsWith('.tlog-proof'))
      .flatMap(([name, bytes]) => Array.from(bytes, (_, at) => ({ name, at })));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.integer({ min: 0, max: 7 }), ({ name, at }, bit) => {
        const changed = Buffer.from(files.get(name) ?? '');
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(verifyBundle(inMemory(new Map(files).set(name, changed)), withKeys(log)).verdict).not.toBe('holds');
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, (files: Map<string, Buffer>, log: MadeLog) => void, string]>([
    ['an entry dropped', (files) => edit(files, FIRST, (text) => text.replace(/^.*\n/, '')), 'root_differs'],
    [
      'two entries reordered',
      (files) =>
        edit(files, FIRST, (text) =>
          linesOf(text)
            .with(3, linesOf(text)[4] ?? '')
            .with(4, linesOf(text)[3] ?? '')
            .join('\n'),
        ),
      'root_differs',
    ],
    ['an entry repeated', (files) => edit(files, SECOND, (text) => text + linesOf(text).at(-1)), 'root_differs'],
    ['the last page cut off', (files) => files.delete('entries/000000000016.jsonl'), 'entries_missing'],
    [
      'the end cut off and the manifest made to fit',
      (files) => {
        files.delete('entries/000000000016.jsonl');
        edit(files, 'bundle.json', (text) => text.replace(/"size":\d+/, '"size":16'));
      },
      'root_differs',
    ],
    [
      'a checkpoint swapped for another of the same log',
      (files) =>
        files.set('checkpoints/000000000012.note', files.get('checkpoints/000000000003.note') ?? Buffer.alloc(0)),
      'other_checkpoint',
    ],
    [
      'a time set back inside an entry',
      (files) => edit(files, FIRST, (text) => text.replace('2026-03-01T10:00:01.000Z', '2026-02-01T10:00:01.000Z')),
      'root_differs',
    ],
    [
      'a payload line dropped',
      (files) => edit(files, 'payloads/000000000000.jsonl', (text) => text.replace(/^.*\n/, '')),
      'no_payload_line',
    ],
    [
      'a payload taken away without leave',
      (files) =>
        edit(files, 'payloads/000000000008.jsonl', (text) =>
          linesOf(text).with(1, '{"index":9,"redactedBy":16}').join('\n'),
        ),
      'erased_without_leave',
    ],
    [
      'a certificate with other counts',
      (files) => {
        const name = [...files.keys()].find((each) => /certificates.*json/.test(each)) ?? '';
        edit(files, name, (text) => text.replace('"erased":3', '"erased":9'));
      },
      'certificate_changed',
    ],
    ['no manifest', (files) => files.delete('bundle.json'), 'no_bundle'],
    [
      'all checkpoints gone',
      (files) => {
        for (const name of [...files.keys()]) if (name.startsWith('checkpoints/')) files.delete(name);
      },
      'no_last_checkpoint',
    ],
  ])('with %s', (_, change, code) => {
    const verdict = tampered(change);
    expect(verdict.verdict).toBe('broken');
    expect(codes(verdict)).toContain(code);
    expect(humanReport(verdict)).toContain('does NOT hold');
  });

  test('signed with another key, though everything else is right', () => {
    const log = ordinaryDay();
    const thief = noteKey();
    for (const [size] of log.notes) log.notes.set(size, noteOf(size, rootOf(log.lines.slice(0, size)), [thief]));
    const verdict = verdictOf(log);
    expect([verdict.verdict, codes(verdict)]).toEqual(['broken', expect.arrayContaining(['unknown_key'])]);
    // Its own key in the bundle makes it no better: who vouches for that one?
    const files = log.files().set('vkeys.txt', Buffer.from(thief.vkey));
    const other = verifyBundle(inMemory(files), withKeys(log));
    expect(codes(other)).toContain('unvouched_key');
  });

  test('of another tenant, signed by the same operator', () => {
    const log = ordinaryDay();
    const root = rootOf(log.lines);
    const foreign = noteKey('vestige.example.com/audit/rival');
    log.notes.set(log.lines.length, noteOf(log.lines.length, root, [foreign], 'vestige.example.com/audit/rival'));
    log.vkeys.push(foreign);
    expect(codes(verdictOf(log))).toContain('other_checkpoint');
  });
});

describe('an operator who rewrites the log and signs it anew is found by what others kept', () => {
  const kept = () => {
    const log = ordinaryDay();
    return { log, saved: [...log.notes].map(([size, note]) => ({ at: `kept/${size}.note`, note })) };
  };

  test('a fork: another history of the same size', () => {
    const { log, saved } = kept();
    log.lines[5] = (log.lines[5] ?? '').replace('key:officer', 'key:nobody!');
    for (const [size] of log.notes) log.notes.set(size, noteOf(size, rootOf(log.lines.slice(0, size)), log.keys));
    expect(codes(verdictOf(log))).not.toContain('root_differs');
    expect(codes(verdictOf(log, { saved }))).toContain('forked');
  });

  test('a truncated log: the newest entries never were', () => {
    const { log, saved } = kept();
    log.lines.splice(12);
    log.beside.splice(12);
    log.notes.delete(18);
    log.extra.clear();
    expect(codes(verdictOf(log))).not.toContain('root_differs');
    expect(codes(verdictOf(log, { saved }))).toContain('truncated');
  });

  test('two kept checkpoints that promise different logs of one size are reported whatever the bundle says', () => {
    const { log, saved } = kept();
    const other = noteOf(12, Buffer.alloc(32, 1), log.keys);
    expect(codes(verdictOf(log, { saved: [...saved, { at: 'other.note', note: other }] }))).toContain('kept_fork');
  });

  test('what was kept of another log is told apart', () => {
    const note = noteOf(3, Buffer.alloc(32), [noteKey('x/y')], 'x/y');
    expect(codes(verdictOf(ordinaryDay(), { saved: [{ at: 'x', note }] }))).toContain('kept_elsewhere');
  });
});

describe('keys', () => {
  const rotating = (overlap: boolean) => {
    const log = new MadeLog();
    const [old, young] = [log.keys[0] ?? noteKey(), noteKey()];
    log.add({ type: 'audit.heartbeat', object: { kind: 'audit_log', id: '2026-03-01' } });
    log.sign();
    if (overlap) {
      log.keys = [young, old];
      log.add({ type: 'audit.keys_changed' });
      log.sign();
    }
    log.keys = [young];
    log.add({ type: 'test' });
    log.sign();
    log.vkeys = [young, old];
    return { log, old, young };
  };

  test('hand over by a checkpoint that both have signed: who trusts the old one trusts the new one', () => {
    const { log, old } = rotating(true);
    expect(verifyBundle(inMemory(log.files()), { ...nothing, keys: old.vkey }).verdict).toBe('holds');
  });

  test('that were not handed over are not believed by who knows the old one alone', () => {
    const { log, old } = rotating(false);
    const verdict = verifyBundle(inMemory(log.files()), { ...nothing, keys: old.vkey });
    expect([verdict.verdict, codes(verdict)]).toEqual(['broken', expect.arrayContaining(['unvouched_key'])]);
    expect(codes(verdictOf(log))).toEqual(['no_overlap']);
  });

  test('that were retired sign nothing any more, whoever holds them now', () => {
    const { log, old } = rotating(true);
    log.keys = [old];
    log.add({ type: 'test' });
    log.sign();
    expect(codes(verdictOf(log))).toContain('retired_key');
  });
});

describe('times', () => {
  test('that go back are found though the operator signed them', () => {
    const log = ordinaryDay();
    const at = new Date(START_MS - 86_400_000).toISOString();
    log.add({ type: 'test', at, loggedAt: at });
    log.sign();
    expect(codes(verdictOf(log))).toContain('time_went_back');
  });

  test('of writing after those of logging are found', () => {
    const log = ordinaryDay();
    log.add({ type: 'test', at: '2026-03-01T11:00:00.000Z', loggedAt: '2026-03-01T10:59:00.000Z' });
    log.sign();
    expect(codes(verdictOf(log))).toContain('logged_before_written');
  });

  test('far apart are a question, not a contradiction', () => {
    const log = ordinaryDay();
    log.add({ type: 'test', at: '2026-03-01T10:01:00.000Z', loggedAt: '2026-03-01T11:30:00.000Z' });
    log.sign();
    expect(verdictOf(log)).toMatchObject({ verdict: 'holds_with_gaps', findings: [{ code: 'logged_late' }] });
  });
});

describe('a history that was not permitted is found though it was logged and signed', () => {
  const id = '33333333-3333-4333-8333-333333333333';
  const begun = () => {
    const log = ordinaryDay();
    log.request(id, 'file', '', '', { actor: 'key:agent' });
    log.request(id, 'verify_identity', 'received', 'assessing');
    log.request(id, 'plan', 'assessing', 'awaiting_approval', { facts: { planHash } });
    return log;
  };
  const approved = () => {
    const log = begun();
    log.request(id, 'approve', 'awaiting_approval', 'approved', { actor: 'key:officer', facts: { planHash } });
    return log;
  };
  const started = () => {
    const log = approved();
    log.request(id, 'start', 'approved', 'executing');
    log.task('t9', id, 'unblock', 'blocked', 'ready');
    return log;
  };
  const other = `sha256:${'b'.repeat(64)}`;
  const after = (log: MadeLog, step: (log: MadeLog) => void) => {
    step(log);
    return log;
  };

  test.each<[string, () => MadeLog, string]>([
    [
      'execution without approval',
      () => after(begun(), (log) => log.request(id, 'start', 'awaiting_approval', 'executing')),
      'illegal_step',
    ],
    [
      'a step from a state it was not in',
      () => after(begun(), (log) => log.request(id, 'start', 'approved', 'executing')),
      'skipped_step',
    ],
    [
      'approval of another plan',
      () =>
        after(begun(), (log) =>
          log.request(id, 'approve', 'awaiting_approval', 'approved', { facts: { planHash: other } }),
        ),
      'other_plan',
    ],
    [
      'work before approval',
      () => after(begun(), (log) => log.task('t9', id, 'claim', 'ready', 'leased')),
      'worked_unapproved',
    ],
    [
      'withdrawal after execution',
      () => after(started(), (log) => log.request(id, 'withdraw', 'executing', 'withdrawn')),
      'illegal_step',
    ],
    [
      'completion while a task was open',
      () => {
        const log = started();
        log.request(id, 'finish_execution', 'executing', 'verifying');
        log.request(id, 'complete', 'verifying', 'completed');
        return log;
      },
      'ended_too_early',
    ],
    [
      'a report that forgets what was announced before it',
      () =>
        after(started(), (log) => {
          log.task('t1', id, 'unblock', 'blocked', 'ready');
          log.task('t1', id, 'claim', 'ready', 'leased');
          log.task('t1', id, 'announce', 'leased', 'leased', { found: 3 });
          log.task('t1', id, 'execute', 'leased', 'executed', { found: 0, erased: 0, residual: 0 });
        }),
      'announced_and_forgotten',
    ],
    [
      'a request nobody filed',
      () => after(begun(), (log) => log.request('x', 'plan', 'assessing', 'awaiting_approval')),
      'never_filed',
    ],
    [
      'a task of no request',
      () => after(begun(), (log) => log.task('t9', 'x', 'unblock', 'blocked', 'ready')),
      'orphan_task',
    ],
    ['a request filed twice', () => after(begun(), (log) => log.request(id, 'file', '', '')), 'filed_twice'],
    [
      'erasure reported as verified without evidence',
      () => {
        const log = started();
        log.task('t9', id, 'claim', 'ready', 'leased');
        log.task('t9', id, 'execute', 'leased', 'executed');
        log.task('t9', id, 'settle', 'executed', 'settling');
        log.task('t9', id, 'settled', 'settling', 'verifying');
        log.task('t9', id, 'verify_gone', 'verifying', 'verified');
        return log;
      },
      'no_evidence',
    ],
    [
      'a verification by whoever had carried the work out',
      () => {
        const log = started();
        log.task('t9', id, 'claim', 'ready', 'leased');
        log.task('t9', id, 'execute', 'leased', 'executed', { found: 0, erased: 0, residual: 0, evidenceDigest });
        log.task('t9', id, 'settle', 'executed', 'settling');
        log.task('t9', id, 'settled', 'settling', 'verifying');
        log.task('t9', id, 'verify_nothing', 'verifying', 'no_data_found');
        return log;
      },
      'verified_by_executor',
    ],
    [
      'completion of a request under which nothing was done',
      () => {
        const log = approved();
        log.request(id, 'start', 'approved', 'executing');
        log.request(id, 'finish_execution', 'executing', 'verifying');
        log.request(id, 'complete', 'verifying', 'completed');
        return log;
      },
      'ended_with_nothing',
    ],
    [
      'an erasure that calls itself a count, after the approval',
      () => after(started(), (log) => log.dryTask('d9', id, 'claim', 'ready', 'leased')),
      'worked_unapproved',
    ],
  ])('%s', (_, make, code) => {
    const log = make();
    log.sign();
    const verdict = verdictOf(log);
    expect([verdict.verdict, codes(verdict)]).toEqual(['broken', expect.arrayContaining([code])]);
  });

  test.each(['opened', 'withheld'])(
    'a dry run, which counts before the approval, breaks nothing: payloads %s',
    (how) => {
      const log = begun();
      log.dryTask('d1', id, 'unblock', 'blocked', 'ready');
      log.dryTask('d1', id, 'claim', 'ready', 'leased');
      log.request(id, 'approve', 'awaiting_approval', 'approved', { actor: 'key:officer', facts: { planHash } });
      log.request(id, 'start', 'approved', 'executing');
      // The worker comes to it only now.
      log.dryTask('d1', id, 'execute', 'leased', 'executed', { found: 4, erased: 0, residual: 0, evidenceDigest });
      if (how === 'withheld') withhold(log);
      log.sign();
      expect(verdictOf(log).findings.filter(({ check }) => check === 'states')).toEqual([]);
    },
  );

  test('one key that files and approves is pointed out', () => {
    const log = begun();
    log.request(id, 'approve', 'awaiting_approval', 'approved', { actor: 'key:agent', facts: { planHash } });
    log.sign();
    expect(verdictOf(log)).toMatchObject({ verdict: 'holds', findings: [{ code: 'one_key' }] });
  });

  test('and the tables that say what is permitted are those that Vestige runs on', () => {
    const steps = (table: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
      Object.entries(table).flatMap(([state, row]) =>
        Object.entries(row).flatMap(([event, next]) => (next.startsWith('!') ? [] : [`${state} ${event} ${next}`])),
      );
    expect(steps(REQUEST_STEPS).sort()).toEqual(steps(NEXT_REQUEST_STATE).sort());
    expect(steps(TASK_STEPS).sort()).toEqual(steps(NEXT_TASK_STATE).sort());
    expect(PROVEN).toEqual(['verified', 'no_data_found']);
  });
});

describe('a certificate that says more than the log', () => {
  test.each<[string, (targets: Record<string, unknown>[]) => Record<string, unknown>[]]>([
    ['names a place that nobody worked on', (targets) => [...targets, { ...targets[0], node: 'store:never' }]],
    [
      'calls a place verified where nothing was found',
      (targets) => targets.map((each) => ({ ...each, result: 'no_data_found' })),
    ],
    ['leaves a place out', () => []],
  ])('%s, though it was signed, logged and its payloads are withheld', (_, change) => {
    for (const [make, which] of [
      [ordinaryDay, 1],
      [reopenedDay, 1],
      [reopenedDay, 2],
    ] as const) {
      const honest = make();
      expect([which, verdictOf(honest).findings]).toEqual([which, []]);
      const log = make((certificate, nth) =>
        nth === which ? { ...certificate, targets: change(certificate.targets) } : certificate,
      );
      withhold(log);
      expect(codes(verdictOf(log)), `certificate ${which}`).toContain('certificate_differs');
    }
  });
});

describe('silence', () => {
  const beat = (log: MadeLog, day: string) => {
    const at = `${day}T00:00:10.000Z`;
    log.add({ type: 'audit.heartbeat', object: { kind: 'audit_log', id: day }, at, loggedAt: at });
  };

  test('of days is counted, and is a gap in a log that holds', () => {
    const log = new MadeLog();
    for (const day of ['2026-03-01', '2026-03-02', '2026-03-05']) beat(log, day);
    log.sign();
    log.madeAt = '2026-03-05T12:00:00.000Z';
    const verdict = verdictOf(log);
    expect([verdict.verdict, codes(verdict)]).toEqual(['holds_with_gaps', ['heartbeat_missing']]);
    expect(humanReport(verdict)).toContain('Between 2026-03-02 and 2026-03-05 there are 2 days without a heartbeat.');
  });

  test('between the last entry and the bundle is told, because the end may have been cut off', () => {
    const log = new MadeLog();
    beat(log, '2026-03-01');
    log.sign();
    log.madeAt = '2026-03-04T12:00:00.000Z';
    expect(codes(verdictOf(log))).toEqual(['log_ends_early']);
  });

  test('is not filled by a heartbeat that was dated for another day', () => {
    const log = new MadeLog();
    const at = '2026-03-09T00:00:00.000Z';
    log.add({ type: 'audit.heartbeat', object: { kind: 'audit_log', id: '2026-03-01' }, at, loggedAt: at });
    log.sign();
    expect(codes(verdictOf(log))).toContain('odd_heartbeat');
  });
});

test('more of one finding than anybody reads is counted and not listed', () => {
  const log = new MadeLog();
  log.add({ type: 'audit.heartbeat', object: { kind: 'audit_log', id: '2026-03-01' } });
  for (let n = 0; n < 30; n += 1) log.request(`r${n}`, 'plan', 'assessing', 'awaiting_approval');
  log.sign();
  const verdict = verdictOf(log);
  expect(verdict.findings.filter(({ code }) => code === 'never_filed')).toHaveLength(20);
  expect(verdict.counts['never_filed']).toBe(30);
  expect(humanReport(verdict)).toContain('… and 10 more [never_filed]');
});

test('the verifier imports nothing but Node and itself', () => {
  const folder = join(import.meta.dirname);
  const wrong = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']+)'/g)]
        .map((match) => match[1] ?? '')
        .filter((from) => !from.startsWith('node:') && !from.startsWith('./'))
        .map((from) => `${name} imports ${from}`),
    );
  expect(wrong).toEqual([]);
  expect(ORIGIN).toContain('audit');
});
