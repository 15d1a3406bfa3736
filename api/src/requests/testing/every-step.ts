import { createPublicKey } from 'node:crypto';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { isVestigeError } from '@vestige/core/errors';
import { REQUEST_TYPES, type RequestType } from '@vestige/core/request/request';
import { givesCopy, WORK_OF } from '@vestige/core/request/request-type';
import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import type { By } from '@vestige/store/requests/request-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiDeps } from '../../deps.ts';
import { openTestApi, type TestApi } from '../../testing/open-test-api.ts';
import { lookOnce, type WorkflowOptions } from '../workflow.ts';

/**
 * Every step of every workflow, killed once and repeated once. A step is a call to a store in a state of the request; the
 * process that makes it (workflow, officer, worker or verifier, all in one) dies before the call, or after it, when it has
 * happened but nobody learns of it. Another process takes over until the next step that was never killed. Whatever was
 * killed, the request ends in one state, with one receipt for each thing that was done.
 */
const STORES = [
  'requests',
  'packages',
  'holds',
  'restrictions',
  'aliases',
  'audit',
  'eraser',
  'verifier',
  'registry',
  'events',
] as const;
const NODES = ['store:sqlite:/data/steps.db/main.customers', 'store:sqlite:/data/steps.db/main.orders'];
const LIMITS = { attemptsMax: 200, roundsMax: 3, settleMs: 0, jitter: 0 };
const OPTIONS: WorkflowOptions = { intervalMs: 1 };
const ROWS = new TextEncoder().encode('{"id":1}\n');
const DIGEST = `sha256:${'0'.repeat(64)}`;
/** Longer than any lease: whoever died is not waited for. */
const LEASES_OVER_MS = 120_000;
const LIFE_MS_MAX = 60_000;

class Killed extends Error {}
type Disturb = (step: string, call: () => Promise<unknown>) => Promise<unknown>;

export function everyStepSuite(where: string): void {
  describe(where, () => {
    let api: TestApi;
    /** Time that has passed beside the real one. */
    let aheadMs = 0;
    let people = 0;
    const now = () => new Date(Date.now() + aheadMs);
    const by = (actor: string): By => ({ actor, now: now() });

    beforeAll(async () => {
      api = await openTestApi({ now });
      for (const id of NODES) {
        const rest = { partyId: null, retentionDays: null, backupRetentionDays: null, identifierTypes: ['email'] };
        const audit = { type: 'store.registered', actor: 'key:test', object: { kind: 'store', id } };
        await api.deps.registry.putStore(api.acme.id, { id, title: id, connector: 'sqlite', ...rest }, audit);
      }
    });
    afterAll(() => api.close());

    /** The same stores, each call handed to `disturb` under the name of its step. */
    function disturbed(id: string, disturb: Disturb): ApiDeps {
      const stepping = <Store extends object>(name: string, store: Store): Store =>
        new Proxy(store, {
          get(target, property) {
            const method = Reflect.get(target, property) as unknown;
            if (typeof method !== 'function') return method;
            // Read row by row, not called once.
            if (property === 'deliveredData') return method.bind(target);
            return async (...args: unknown[]) => {
              const state = (await api.deps.requests.request(api.acme.id, id))?.state ?? '-';
              const call = async () => method.apply(target, args) as unknown;
              // What happens after the end is no step of this workflow.
              if (state === 'completed') return call();
              return disturb(`${name}.${String(property)} in ${state}`, call);
            };
          },
        });
      const stores = Object.fromEntries(STORES.map((name) => [name, stepping(name, api.deps[name])]));
      return { ...api.deps, ...stores, now };
    }

    async function filed(type: RequestType): Promise<{ id: string; subjectId: string }> {
      people += 1;
      const email = `step${people}@example.com`;
      const [token = ''] = api.deps.keyring.tokensFor('acme', 'email', email);
      const [subjectId = ''] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() - 60_000 }]);
      const request = {
        type,
        regime: 'gdpr' as const,
        receivedAt: now(),
        ground: null,
        identifiers: [{ type: 'email', value: email }],
        tokens: [],
        subjectIds: [subjectId],
        corrections: type === 'rectification' ? [{ type: 'user.name', value: 'Right Name' }] : [],
      };
      const { id } = await api.deps.requests.file(api.acme.id, request, by('key:filer'));
      return { id, subjectId };
    }

    /** One process's life: everybody does their part through it, until it dies or the request has ended. */
    async function live(deps: ApiDeps, id: string, type: RequestType, owner: string): Promise<'ended' | 'killed'> {
      const deadline = Date.now() + LIFE_MS_MAX;
      while (Date.now() < deadline) {
        try {
          await lookOnce(deps, OPTIONS, owner);
          await everybody(deps, id, type);
        } catch (error) {
          if (error instanceof Killed) return 'killed';
          // Somebody else was first, or the call was made twice: the next look sees where things stand.
          if (!isVestigeError(error)) throw error;
        }
        const request = await api.deps.requests.request(api.acme.id, id);
        if (request?.state.startsWith('completed')) return 'ended';
        aheadMs += 1_000;
      }
      const left = (await api.deps.requests.tasks(api.acme.id, id)).map(({ node, state, attempt, failure }) =>
        [node, state, attempt, failure?.code].join(' '),
      );
      throw new Error(`not ended: ${left.join(', ')}`);
    }

    async function everybody({ requests, packages }: ApiDeps, id: string, type: RequestType): Promise<void> {
      const request = await requests.request(api.acme.id, id);
      const decide = (command: Parameters<typeof requests.decide>[2]) =>
        requests.decide(api.acme.id, id, command, by('key:officer'));
      if (request?.state === 'received') {
        await decide({ event: 'verify_identity', method: 'account_login', assurance: 'high' });
      } else if (request?.state === 'awaiting_approval') {
        await decide({ event: 'approve', planHash: request.planHash ?? '' });
      } else if (request?.attention === 'package_needs_sign_off') {
        const signed = (await packages.signOffs(api.acme.id, id)).map(({ what }) => what);
        const code = 'incomplete_accepted' as const;
        for (const what of NODES.filter((node) => !signed.includes(node))) {
          await packages.signOff(api.acme.id, id, { what, code, basis: 'nobody declared it' }, by('key:officer'));
        }
      }
      const actions = ['verify', WORK_OF[type]] as const;
      for (const key of ['key:worker', 'key:verifier']) {
        const claim = { stores: ['store:*'], max: 10, leaseSeconds: 60, worker: 'w', actions };
        for (const task of await requests.claim(api.acme.id, claim, LIMITS, by(key))) {
          if (task.action === 'export') await requests.putData(api.acme.id, task.id, task.fence, ROWS, 1, by(key));
          await requests.report(api.acme.id, task.id, resultOf(task), LIMITS, by(key));
        }
      }
    }

    async function expectOneEnd(id: string, subjectId: string, type: RequestType): Promise<void> {
      const { requests, aliases, verifier, audit } = api.deps;
      expect((await requests.request(api.acme.id, id))?.state).toBe('completed');
      const certificate = (await requests.certificate(api.acme.id, id)) ?? new Uint8Array();
      expect(isValid(verifyCertificate(certificate, createPublicKey(api.deps.signingKey.reveal())))).toBe(true);
      expect(await requests.selectors(api.acme.id, id)).toEqual({ identifiers: [], tokens: [] });
      if (type === 'erasure') {
        expect(await aliases.canonical(api.acme.id, subjectId)).toBeNull();
        expect(await verifier.countSubject(api.acme.id, [subjectId])).toBe(0);
      }
      const entries = await audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
      const told = entries.map((entry) => entry.type);
      for (const once of ['verify_identity', 'plan', 'approve', 'start', 'finish_execution', 'complete']) {
        expect(
          told.filter((each) => each === `request.${once}`),
          once,
        ).toHaveLength(1);
      }
      const receipts = await requests.receipts(api.acme.id, id);
      const tasks = await requests.tasks(api.acme.id, id);
      for (const { id: taskId, node } of tasks) {
        const phases = receipts.filter((each) => each.taskId === taskId).map(({ phase }) => phase);
        // What an export delivered is counted by us, which leaves no report of a verifier.
        expect(phases.sort(), node).toEqual(givesCopy(type) ? ['execute'] : ['execute', 'verify']);
      }
      expect(tasks.map(({ node }) => node)).toEqual(expect.arrayContaining(NODES));
    }

    test.each(REQUEST_TYPES)('%s: killed at every step, before and after it happened, ends once', async (type) => {
      const { id, subjectId } = await filed(type);
      const killed = new Set<string>();
      for (let life = 0; ; life += 1) {
        let dead = false;
        const killOnce: Disturb = async (step, call) => {
          if (dead) throw new Killed();
          const before = `before ${step}`;
          const after = `after ${step}`;
          const die = (moment: string): never => {
            killed.add(moment);
            dead = true;
            throw new Killed();
          };
          if (!killed.has(before)) die(before);
          // A call may make others: a package reads what it seals.
          const answer = await call();
          return killed.has(after) ? answer : die(after);
        };
        const end = await live(disturbed(id, killOnce), id, type, `life-${life}`);
        if (end === 'ended') break;
        aheadMs += LEASES_OVER_MS;
      }
      expect(killed.size).toBeGreaterThan(40);
      await expectOneEnd(id, subjectId, type);
    });

    test.each(REQUEST_TYPES)('%s: with every call made twice, ends once', async (type) => {
      const { id, subjectId } = await filed(type);
      const twice: Disturb = async (_, call) => {
        const first = await call();
        // The second one is refused, or changes nothing: the caller has the answer of the first.
        await call().catch((error: unknown) => {
          if (!isVestigeError(error)) throw error;
        });
        return first;
      };
      expect(await live(disturbed(id, twice), id, type, 'twice')).toBe('ended');
      await expectOneEnd(id, subjectId, type);
    });
  });
}

function resultOf(task: ClaimedTask) {
  const count = task.action === 'verify' ? 0 : 1;
  return {
    fence: task.fence,
    found: count,
    erased: task.action === 'erase' ? count : 0,
    residual: 0,
    method: task.action === 'erase' ? 'delete' : 'mark',
    evidenceDigest: DIGEST,
    searched: true,
    cannotErase: [],
  };
}
