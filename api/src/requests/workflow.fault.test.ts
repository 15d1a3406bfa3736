import { createPublicKey } from 'node:crypto';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import type { By } from '@vestige/store/requests/request-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiDeps } from '../deps.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lookOnce, type WorkflowOptions } from './workflow.ts';

/**
 * The workflow is killed at its n-th call to a store, before the call or after it, when the call has happened but nobody
 * learns of it. Whatever n is, another process must bring the request to the same end, and nothing may happen twice.
 */
const STORES = ['requests', 'aliases', 'audit', 'eraser', 'verifier', 'registry', 'events'] as const;
const crm = 'store:sqlite:/data/crm.db/main.customers';
const LIMITS = { attemptsMax: 8, roundsMax: 3, settleMs: 0, jitter: 0 };
const options: WorkflowOptions = { intervalMs: 1 };
/** Every third call is enough to meet each step, and keeps the suite within minutes. */
const STRIDE = 3;

class Killed extends Error {}

let api: TestApi;
/** Time that has passed beside the real one: leases of a killed process run out. */
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);
const by = (actor: string): By => ({ actor, now: now() });

beforeAll(async () => {
  api = await openTestApi();
  const store = {
    id: crm,
    title: 'CRM',
    partyId: null,
    connector: 'sqlite',
    retentionDays: null,
    backupRetentionDays: null,
    identifierTypes: ['email'],
  };
  const audit = { type: 'store.registered', actor: 'key:test', object: { kind: 'store', id: crm } };
  await api.deps.registry.putStore(api.acme.id, store, audit);
});
afterAll(() => api.close());

/** The same stores, which stop answering for good at the n-th call. */
function killedAt(n: number, moment: 'before' | 'after'): { deps: ApiDeps; calls: () => number } {
  let calls = 0;
  let dead = false;
  const guard = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          if (dead) throw new Killed();
          calls += 1;
          const last = calls === n;
          dead ||= last;
          if (last && moment === 'before') throw new Killed();
          const answer: unknown = await method.apply(target, args);
          if (last) throw new Killed();
          return answer;
        };
      },
    });
  const guarded = Object.fromEntries(STORES.map((name) => [name, guard(api.deps[name])]));
  return { deps: { ...api.deps, ...guarded, now }, calls: () => calls };
}

let people = 0;
async function approvedErasure(): Promise<{ id: string; subjectId: string }> {
  people += 1;
  const { requests, aliases, keyring } = api.deps;
  const email = `person${people}@example.com`;
  const tokens = keyring.tokensFor('acme', 'email', email);
  const [subjectId = ''] = await aliases.resolve(api.acme.id, [{ token: tokens[0] ?? '', atMs: Date.now() - 60_000 }]);
  const { id } = await requests.file(
    api.acme.id,
    {
      type: 'erasure',
      regime: 'gdpr',
      receivedAt: now(),
      ground: null,
      identifiers: [{ type: 'email', value: email }],
      tokens: [],
      subjectIds: [subjectId],
    },
    by('key:filer'),
  );
  const identity = { event: 'verify_identity', method: 'account_login', assurance: 'high' } as const;
  await requests.decide(api.acme.id, id, identity, by('key:officer'));
  return { id, subjectId };
}

/** What everybody but the workflow does: the officer approves, a worker erases, another verifies. */
async function others(id: string): Promise<void> {
  const { requests } = api.deps;
  const request = await requests.request(api.acme.id, id);
  if (request?.state === 'awaiting_approval') {
    await requests.decide(api.acme.id, id, { event: 'approve', planHash: request.planHash ?? '' }, by('key:officer'));
  }
  for (const key of ['key:worker', 'key:verifier']) {
    const claim = { stores: ['store:*'], max: 10, leaseSeconds: 600, worker: 'w' };
    for (const task of await requests.claim(api.acme.id, claim, LIMITS, by(key))) {
      const found = task.action === 'verify' ? 0 : 1;
      await requests.report(
        api.acme.id,
        task.id,
        {
          fence: task.fence,
          found,
          erased: found,
          residual: 0,
          method: 'delete',
          evidenceDigest: `sha256:${'0'.repeat(64)}`,
          searched: true,
          cannotErase: [],
        },
        LIMITS,
        by(key),
      );
    }
  }
}

/** One process's life: it works until it is killed or the request has ended. */
async function live(deps: ApiDeps, id: string, owner: string): Promise<'ended' | 'killed'> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    try {
      await lookOnce(deps, options, owner);
    } catch (error) {
      if (error instanceof Killed) return 'killed';
      throw error;
    }
    const request = await api.deps.requests.request(api.acme.id, id);
    if (request?.state.startsWith('completed')) return 'ended';
    await others(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`still ${JSON.stringify(await api.deps.requests.tasks(api.acme.id, id))}`);
}

async function expectSoundEnd(id: string, subjectId: string): Promise<void> {
  const { requests, aliases, verifier, audit } = api.deps;
  expect((await requests.request(api.acme.id, id))?.state).toBe('completed');
  const certificate = (await requests.certificate(api.acme.id, id)) ?? new Uint8Array();
  expect(isValid(verifyCertificate(certificate, createPublicKey(api.deps.signingKey.reveal())))).toBe(true);
  expect(await aliases.canonical(api.acme.id, subjectId)).toBeNull();
  expect(await verifier.countSubject(api.acme.id, [subjectId])).toBe(0);
  expect(await requests.selectors(api.acme.id, id)).toEqual({ identifiers: [], tokens: [] });
  const types = (await audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id })).map(
    ({ type }) => type,
  );
  for (const once of ['request.approve', 'request.start', 'request.finish_execution', 'request.complete']) {
    expect(
      types.filter((type) => type === once),
      once,
    ).toHaveLength(1);
  }
  const receipts = await requests.receipts(api.acme.id, id);
  const proofs = receipts.filter(({ phase, event }) => phase === 'verify' && event.startsWith('verify_'));
  expect(proofs.map(({ node }) => node).sort()).toEqual([crm, 'vestige:aliases', 'vestige:telemetry'].sort());
}

describe('a workflow killed at its n-th call', () => {
  test.each(['before', 'after'] as const)('%s the call is finished by another process, once', async (moment) => {
    const { id, subjectId } = await approvedErasure();
    const whole = killedAt(Number.POSITIVE_INFINITY, moment);
    expect(await live(whole.deps, id, 'whole')).toBe('ended');
    await expectSoundEnd(id, subjectId);

    for (let n = 1; n <= whole.calls(); n += STRIDE) {
      const next = await approvedErasure();
      if ((await live(killedAt(n, moment).deps, next.id, `victim-${n}`)) === 'killed') {
        aheadMs += 120_000;
        expect(await live({ ...api.deps, now }, next.id, `heir-${n}`), `killed ${moment} call ${n}`).toBe('ended');
      }
      await expectSoundEnd(next.id, next.subjectId);
    }
  });
});
