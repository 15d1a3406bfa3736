import { isVestigeError } from '@vestige/core/errors';
import type { CallbackBody } from '@vestige/core/opendsr/messages';
import { signedHeaders } from '@vestige/core/opendsr/signature';
import { retryDelayMs } from '@vestige/core/request/retry';
import { guardedCall, type OutboundPolicy } from '@vestige/outbound/guarded-call';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { OwedCallback } from '@vestige/store/opendsr/opendsr-store';
import type { ApiDeps } from '../deps.ts';
import { standing } from './answer.ts';
import type { OpendsrIdentity } from './identity.ts';

/**
 * Tells controllers of every change of status, at least once each (§8.5), and again until they answer 2xx. It holds no
 * state: what is owed is written with the change, so it may be killed anywhere and run in any number of processes.
 */
export interface CallbackOptions {
  readonly intervalMs: number;
  /** For tests: hosts on this machine, and the authority that signed their certificates. */
  readonly policy?: Pick<OutboundPolicy, 'privateHosts' | 'extraAuthorities' | 'resolve'>;
}

const FOLLOWED_PER_READ = 200;
const CALLBACKS_PER_CLAIM = 20;
const CALLBACK_TIMEOUT_MS = 10_000;
/** Longer than all calls of one claim may take together. */
const LEASE_MS = 60_000;
const ANSWER_BYTES_MAX = 16 * 1024;
/** With the delays of `retry.ts`, about three days. */
export const CALLBACK_ATTEMPTS_MAX = 80;

export function startCallbacks(
  deps: ApiDeps,
  identity: OpendsrIdentity,
  options: CallbackOptions,
): { close(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await tellControllers(deps, identity, options, stopping.signal).catch((error: unknown) => {
        deps.log?.error({ code: isVestigeError(error) ? error.code : 'unexpected' }, 'opendsr: callbacks failed');
      });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.intervalMs);
        stopping.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  })();
  return {
    close: () => {
      stopping.abort();
      return loop;
    },
  };
}

/** One look at every tenant: notes what has changed, sends what is owed. */
export async function tellControllers(
  deps: ApiDeps,
  identity: OpendsrIdentity,
  options: Pick<CallbackOptions, 'policy'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const tenant of await deps.tenants.tenants()) {
    await noteChanges(deps, tenant, identity);
    await send(deps, tenant, identity, options, signal);
  }
}

async function noteChanges(deps: ApiDeps, tenant: Tenant, identity: OpendsrIdentity): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const rows = await deps.opendsr.followed(tenant.id, after, FOLLOWED_PER_READ);
    for (const row of rows) {
      const found = await standing(deps, tenant.id, row, identity);
      if (found === null || found.fingerprint === row.reported) continue;
      const callbacks = row.callbackUrls.map((url) => {
        const body: CallbackBody = { ...found.answer, status_callback_url: url };
        return { url, body: JSON.stringify(body) };
      });
      const change = { from: row.reported, to: found.fingerprint };
      await deps.opendsr.report(tenant.id, row.subjectRequestId, change, callbacks, deps.now());
    }
    if (rows.length < FOLLOWED_PER_READ) return;
    after = rows.at(-1)?.subjectRequestId ?? null;
  }
}

async function send(
  deps: ApiDeps,
  tenant: Tenant,
  identity: OpendsrIdentity,
  { policy }: Pick<CallbackOptions, 'policy'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Asked for anew: a host that was taken off the list since is not called any more.
  const { callbackHosts } = await deps.opendsr.settings(tenant.id);
  const claim = { now: deps.now(), leaseMs: LEASE_MS, limit: CALLBACKS_PER_CLAIM };
  const owed = await deps.opendsr.claimCallbacks(tenant.id, claim);
  const guard = { ...policy, hosts: callbackHosts, timeoutMs: CALLBACK_TIMEOUT_MS, answerBytesMax: ANSWER_BYTES_MAX };
  await Promise.all(owed.map((callback) => sendOne(deps, tenant, identity, guard, callback, signal)));
}

async function sendOne(
  deps: ApiDeps,
  tenant: Tenant,
  identity: OpendsrIdentity,
  guard: OutboundPolicy,
  { id, url, body, attempts }: OwedCallback,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = Buffer.from(body);
  const answer = await guardedCall(guard, {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...signedHeaders(bytes, identity.domain, identity.key.reveal()) },
    body: bytes,
    ...(signal && { signal }),
  });
  const now = deps.now();
  if (answer.ok && answer.status >= 200 && answer.status < 300) return deps.opendsr.delivered(tenant.id, id, now);
  const failure = answer.ok ? `status_${answer.status}` : answer.failure;
  const again =
    attempts >= CALLBACK_ATTEMPTS_MAX ? null : new Date(now.getTime() + retryDelayMs(attempts, Math.random()));
  deps.log?.warn({ callback: id, attempts, failure }, 'opendsr: a controller was not reached');
  await deps.opendsr.notDelivered(tenant.id, id, failure, again, now);
}
