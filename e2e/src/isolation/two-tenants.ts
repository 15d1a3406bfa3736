import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { SCOPES } from '@vestige/store/control/tenant-store';
import { type Answer, type Call, send } from '../harness/http.ts';

/** One tenant of a running system, as somebody with all its powers meets it. */
export interface Side {
  readonly tenant: Tenant;
  /** A bearer with every scope. */
  readonly key: string;
  readonly subjectKey: TenantKey;
  /** Its name, and in every name and text that it writes; no other tenant ever uses it. */
  readonly word: string;
  readonly collectorUrl: string;
  /** With the purpose that reading about people needs. */
  call(call: Call): Promise<Answer>;
}

export interface TwoTenants {
  readonly stack: RunningStack;
  readonly owner: Side;
  readonly stranger: Side;
  /** Leaves the data where it is, so that the databases can be looked into. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** The strictest case: one server that holds the pseudonymisation keys of both tenants, and the keys are equal. */
export async function startTwoTenants(): Promise<TwoTenants> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vestige-isolation-'));
  const key = randomBytes(32);
  const held = [{ kid: 'k1', key: key.toString('base64') }];
  const stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: dataDir,
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_API_PORT: '0',
      // What was answered is read at once.
      VESTIGE_COLLECTOR_ACK: 'store',
      VESTIGE_SUBJECT_KEYS: JSON.stringify({ zephyr: held, basalt: held }),
    }),
  );
  const side = async (word: string): Promise<Side> => {
    const tenant = await stack.stores.tenants.ensureTenant(word);
    const made = await stack.stores.tenants.createKey(tenant.id, { name: word, scopes: [...SCOPES], expiresAt: null });
    const bearer = made.secret.reveal();
    await stack.stores.tenants.setQuota(tenant.id, { spansPerS: 1_000_000, bytesPerS: 1e12 });
    return {
      tenant,
      key: bearer,
      subjectKey: { tenant: tenant.name, kid: 'k1', key: new Secret(new Uint8Array(key)) },
      word,
      collectorUrl: stack.collectorUrl,
      call: (call) =>
        send(stack.apiUrl, bearer, { ...call, headers: { 'vestige-purpose': 'test of isolation', ...call.headers } }),
    };
  };
  return {
    stack,
    owner: await side('zephyr'),
    stranger: await side('basalt'),
    stop: stack.stop,
    remove: () => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }),
  };
}
