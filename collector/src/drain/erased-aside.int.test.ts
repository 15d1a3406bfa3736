import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContext } from '@vestige/core/recognise/read-context';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createInlineEncoder } from '../encode/inline-encoder.ts';
import { type Aside, openAside } from '../log/aside.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { aSpan, aToken, requestOf, tokensAttribute } from '../testing/export-client.ts';
import { dropErasedAside, namesErased } from './erased-aside.ts';

let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let aliases: AliasStore;
let tenant: Tenant;
let folder: string;
let aside: Aside;
beforeAll(async () => {
  postgres = await openTestPostgres();
  aliases = postgresAliasStore(postgres.db);
});
afterAll(() => postgres?.close());
beforeEach(async () => {
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`);
  folder = await mkdtemp(join(tmpdir(), 'vestige-aside-'));
  aside = await openAside(folder, Date.now);
  return async () => {
    aside.close();
    await rm(folder, { recursive: true });
  };
});

const erase = (token: string) => aliases.suppress(tenant.id, [], Date.now(), randomUUID(), [token]);
const drop = async (more: Partial<Parameters<typeof dropErasedAside>[0]> = {}) => {
  let dropped = 0;
  const deps = {
    aside,
    aliases,
    onDropped: (files: number) => (dropped += files),
    onRetry: () => {},
    isClosed: () => false,
  };
  await dropErasedAside({ ...deps, ...more }, tenant.id);
  return dropped;
};

const encoder = createInlineEncoder({
  onReaderFault: (error) => {
    throw error;
  },
});

/** A record as the encoder of this version writes it into the log. */
async function recordOf(token: string): Promise<Uint8Array> {
  const body = encodeProtobuf(requestOf(aSpan({ attributes: [tokensAttribute([token])] })));
  const { payload } = await encoder.encode(tenant, readContext(), [
    { body, form: 'protobuf', receivedAtMs: Date.now() },
  ]);
  return payload;
}

describe('what was set aside', () => {
  test('goes when it names somebody who is erased, and stays when it names others', async () => {
    const [erased, living] = [aToken(), aToken()];
    await aside.keep('unstorable-1', await recordOf(erased));
    await aside.keep('unstorable-2', await recordOf(living));
    await aside.keep(
      'damaged-1',
      Buffer.concat([Buffer.from([0, 255, 3]), Buffer.from(`x${erased}y`), Buffer.from([1])]),
    );
    expect(await drop()).toBe(0);
    await erase(erased);
    expect(await drop()).toBe(2);
    expect(await readdir(folder)).toEqual(['unstorable-2']);
    expect(await aliases.find(tenant.id, [living])).toEqual([null]);
  });

  test('goes when a piece of a token is in it, for nobody can be asked whose it was', async () => {
    await aside.keep('damaged-1', Buffer.from(aToken().slice(0, 20)));
    expect(await drop()).toBe(1);
  });

  test('stays where another tenant erases the same token', async () => {
    const token = aToken();
    const other = await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`);
    await aliases.suppress(other.id, [], Date.now(), randomUUID(), [token]);
    expect(await namesErased(aliases, tenant.id, Buffer.from(token))).toBe(false);
    expect(await namesErased(aliases, other.id, Buffer.from(token))).toBe(true);
  });

  test('is looked through again until the database answers, and the erasure is acknowledged after that alone', async () => {
    const token = aToken();
    await erase(token);
    await aside.keep('unstorable-1', Buffer.from(token));
    let failures = 0;
    const flaky: Pick<AliasStore, 'suppressedAmong'> = {
      async suppressedAmong(...asked) {
        if (failures++ === 0) throw new Error('away');
        return aliases.suppressedAmong(...asked);
      },
    };
    expect(await drop({ aliases: flaky })).toBe(1);
    expect(failures).toBe(2);
  });
});
