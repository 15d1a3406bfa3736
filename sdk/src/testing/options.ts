import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import type { VestigeOptions } from '../options.ts';

/** The key of the published token vectors: 32 bytes of 7, tenant acme, kid k2026a. */
export const ACME: TenantKey = { key: new Secret(new Uint8Array(32).fill(7)), tenant: 'acme', kid: 'k2026a' };

/** Token of `janedoe@example.com` under {@link ACME}, from the research vectors. */
export const JANE = 'ps1.k2026a.WpAh_HzLOnCSJaLeebZ6HA';
export const JANE_EMAIL = 'janedoe@example.com';

export function testOptions(endpoint: string, more: Partial<VestigeOptions> = {}): VestigeOptions {
  return {
    serviceName: 'desk',
    serviceNamespace: 'support',
    tenant: ACME.tenant,
    endpoint,
    apiKey: 'vst_test_key',
    subjectKey: ACME.key,
    kid: ACME.kid,
    // A process that is given its folder makes none that it would leave behind when it is killed.
    spoolDir: more.spoolDir ?? newSpoolDir(),
    trustedHosts: ['localhost'],
    batchMs: 20,
    retryMsMin: 10,
    retryMsMax: 50,
    handleSignals: false,
    ...more,
  };
}

export function newSpoolDir(): string {
  return mkdtempSync(join(tmpdir(), 'vestige-spool-'));
}
