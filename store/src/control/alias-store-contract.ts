import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import type { AliasLink, AliasStore } from './alias-store.ts';
import type { TenantStore } from './tenant-store.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const draft = { type: 'alias.linked', actor: 'key:test', object: { kind: 'subject', id: '-' } };

const aToken = (kid = 'k1') => `ps1.${kid}.${randomBytes(16).toString('base64url')}`;
const linking = (a: string, b: string, kind: AliasLink['kind'] = 'operator'): AliasLink => ({
  action: 'link',
  tokens: [a, b],
  kind,
  evidence: 'ticket 12',
});

/** The promises of {@link AliasStore} as tests; every implementation runs them. */
export function aliasStoreContract(
  name: string,
  open: () => Promise<{ tenants: TenantStore; aliases: AliasStore; audit: AuditStore; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let stores: Awaited<ReturnType<typeof open>>;
    let aliases: AliasStore;
    let tenant: TenantId;
    let rival: TenantId;
    beforeAll(async () => {
      stores = await open();
      aliases = stores.aliases;
      tenant = (await stores.tenants.ensureTenant('acme')).id;
      rival = (await stores.tenants.ensureTenant('rival')).id;
    });
    afterAll(() => stores.close());

    /** The subject of a token at a moment, which must not be suppressed. */
    const subjectOf = async (token: string, atMs = Date.now(), of = tenant): Promise<string> => {
      const [subjectId] = await aliases.resolve(of, [{ token, atMs }]);
      expect(subjectId).toMatch(UUID);
      return subjectId as string;
    };

    describe('first sight', () => {
      test('answers stand in the order of the tokens, and one token is one person', async () => {
        const [a, b] = [aToken(), aToken()];
        const answers = await aliases.resolve(
          tenant,
          [a, b, a].map((token) => ({ token, atMs: 1 })),
        );
        expect(answers[0]).toMatch(UUID);
        expect(answers[0]).toBe(answers[2]);
        expect(answers[0]).not.toBe(answers[1]);
        expect(await aliases.resolve(tenant, [{ token: b, atMs: 99 }])).toEqual([answers[1]]);
        expect(await aliases.resolve(tenant, [])).toEqual([]);
      });

      test('many collectors seeing the same tokens at once give each one subject', async () => {
        const tokens = Array.from({ length: 40 }, () => aToken());
        const rounds = await Promise.all(
          Array.from({ length: 10 }, (_, round) =>
            aliases.resolve(
              tenant,
              (round % 2 ? tokens : tokens.toReversed()).map((token) => ({ token, atMs: 1 })),
            ),
          ),
        );
        const ids = rounds.flatMap((ids, round) => [(round % 2 ? ids : ids.toReversed()).join()]);
        expect(new Set(ids).size).toBe(1);
      });

      test('a large batch is one call', async () => {
        const tokens = Array.from({ length: 12_000 }, () => ({ token: aToken(), atMs: 1 }));
        const answers = await aliases.resolve(tenant, tokens);
        expect(new Set(answers).size).toBe(tokens.length);
        expect(await aliases.resolve(tenant, tokens.slice(7_000))).toEqual(answers.slice(7_000));
      });

      test('the same token in another tenant is another subject, unknown to the first', async () => {
        const token = aToken();
        const subjectId = await subjectOf(token);
        const theirs = await subjectOf(token, 1, rival);
        expect(theirs).not.toBe(subjectId);
        expect(await aliases.canonical(rival, subjectId)).toBeNull();
        expect(await aliases.aliasesOf(rival, subjectId)).toEqual([]);
        expect(await aliases.forget(rival, [subjectId])).toBe(0);
        expect(await subjectOf(token)).toBe(subjectId);
      });

      test('what is not shaped like a token is refused and not repeated: it may be an address', async () => {
        const wrong = aliases.resolve(tenant, [{ token: 'jane@example.com', atMs: 1 }]);
        await expect(wrong).rejects.toMatchObject({ code: 'bad_request' });
        await expect(wrong).rejects.not.toThrow(/jane/);
      });

      test('looking up creates nobody', async () => {
        const token = aToken();
        expect(await aliases.find(tenant, [token])).toEqual([null]);
        const subjectId = await subjectOf(token);
        expect(await aliases.find(tenant, [aToken(), token])).toEqual([null, { subjectId }]);
      });

      test('an alias tells its key and, once somebody knew it, its type', async () => {
        const token = aToken('k2026a');
        const subjectId = await subjectOf(token);
        expect(await aliases.aliasesOf(tenant, subjectId)).toMatchObject([
          { token, kid: 'k2026a', type: 'unknown', link: 'observed' },
        ]);
        await aliases.noteTypes(tenant, [
          { token, type: 'email' },
          { token: aToken(), type: 'phone' },
        ]);
        await aliases.noteTypes(tenant, [{ token, type: 'phone' }]);
        expect(await aliases.aliasesOf(tenant, subjectId)).toMatchObject([{ type: 'email' }]);
      });
    });

    describe('links', () => {
      test('linked subjects are one person under the older id, and unlinking restores both', async () => {
        const [mail, phone] = [aToken(), aToken()];
        const older = await subjectOf(mail);
        const younger = await subjectOf(phone);
        await aliases.link(tenant, linking(phone, mail, 'verified_login'), draft);
        expect(await aliases.canonical(tenant, younger)).toEqual({ subjectId: older, members: [older, younger] });
        expect((await aliases.aliasesOf(tenant, younger)).map(({ token, link }) => [token, link])).toEqual([
          [mail, 'observed'],
          [phone, 'verified_login'],
        ]);
        await aliases.link(tenant, { ...linking(mail, phone), action: 'unlink' }, { ...draft, type: 'alias.unlinked' });
        expect(await aliases.canonical(tenant, younger)).toEqual({ subjectId: younger, members: [younger] });
        expect(await aliases.canonical(tenant, older)).toEqual({ subjectId: older, members: [older] });
      });

      test('a person linked over a third is found from every end', async () => {
        const tokens = [aToken(), aToken(), aToken()] as const;
        const ids: string[] = [];
        for (const token of tokens) ids.push(await subjectOf(token));
        await aliases.link(tenant, linking(tokens[0], tokens[1]), draft);
        await aliases.link(tenant, linking(tokens[1], tokens[2]), draft);
        for (const id of ids) {
          expect(new Set((await aliases.canonical(tenant, id))?.members)).toEqual(new Set(ids));
        }
        const alone = await subjectOf(aToken());
        const people = await aliases.people(tenant, [...ids, alone, ids[1] ?? '', randomUUID()]);
        expect(new Map(people.map(({ subjectId, members }) => [subjectId, new Set(members)]))).toEqual(
          new Map([
            [(await aliases.canonical(tenant, ids[2] ?? ''))?.subjectId ?? '', new Set(ids)],
            [alone, new Set([alone])],
          ]),
        );
        expect(await aliases.people(rival, ids)).toEqual([]);
        expect(await aliases.people(tenant, [])).toEqual([]);
        const indirect = aliases.link(tenant, { ...linking(tokens[0], tokens[2]), action: 'unlink' }, draft);
        await expect(indirect).rejects.toMatchObject({ code: 'conflict' });
      });

      // Over-linking discloses and deletes somebody else's data.
      test('a heuristic link joins nobody until it is confirmed, and never weakens an established one', async () => {
        const [a, b] = [aToken(), aToken()];
        const first = await subjectOf(a);
        const second = await subjectOf(b);
        await aliases.link(tenant, linking(a, b, 'heuristic'), draft);
        expect((await aliases.canonical(tenant, first))?.members).toEqual([first]);
        expect((await aliases.aliasesOf(tenant, first)).map(({ token }) => token)).toEqual([a]);
        await aliases.link(tenant, linking(a, b, 'operator'), draft);
        await aliases.link(tenant, linking(a, b, 'heuristic'), draft);
        expect((await aliases.canonical(tenant, first))?.members).toEqual([first, second]);
      });

      test('a token never seen before can be linked, and its spans find the person later', async () => {
        const [known, imported] = [aToken(), aToken()];
        const subjectId = await subjectOf(known);
        await aliases.link(tenant, linking(known, imported, 'import'), draft);
        const other = await subjectOf(imported);
        expect((await aliases.canonical(tenant, other))?.subjectId).toBe(subjectId);
      });

      test('unlinking what is not linked is refused and leaves no audit entry', async () => {
        const [a, b] = [aToken(), aToken()];
        const subjectId = await subjectOf(a);
        await subjectOf(b);
        const unlink = (token: string) => aliases.link(tenant, { ...linking(a, token), action: 'unlink' }, draft);
        await expect(unlink(b)).rejects.toMatchObject({ code: 'conflict' });
        await expect(unlink(aToken())).rejects.toMatchObject({ code: 'not_found' });
        expect(await stores.audit.entries(tenant, { afterIndex: -1, limit: 10, subjectIds: [subjectId] })).toEqual([]);
      });

      test('a link is an audit entry about the person, without a token in it', async () => {
        const [a, b] = [aToken(), aToken()];
        const subjectId = await subjectOf(a);
        const other = await subjectOf(b);
        await aliases.link(tenant, linking(a, b), { ...draft, payload: { kind: 'operator' } });
        const [entry] = await stores.audit.entries(tenant, { afterIndex: -1, limit: 10, subjectIds: [subjectId] });
        expect(entry).toMatchObject({ type: 'alias.linked', payload: { kind: 'operator', otherSubjectId: other } });
        expect(JSON.stringify(entry)).not.toContain('ps1.');
      });
    });

    describe('two key versions of one identifier', () => {
      test('become one person for whoever knows the identifier, once, on the record', async () => {
        const [old, fresh] = [aToken('k1'), aToken('k2')];
        const older = await subjectOf(old);
        const younger = await subjectOf(fresh);
        for (let i = 0; i < 2; i += 1) await aliases.joinKeyVersions(tenant, [fresh, old, aToken('k0')], draft);
        expect(await aliases.canonical(tenant, younger)).toEqual({ subjectId: older, members: [older, younger] });
        expect((await aliases.links(tenant, younger)).history).toMatchObject([{ action: 'link', kind: 'rotation' }]);
        const told = await stores.audit.entries(tenant, { afterIndex: -1, limit: 10, subjectIds: [older, younger] });
        expect(told).toHaveLength(1);
      });

      test('stay apart where somebody has parted them, also by way of a third version', async () => {
        const [old, fresh, fresher] = [aToken('k1'), aToken('k2'), aToken('k3')];
        const older = await subjectOf(old);
        const younger = await subjectOf(fresh);
        await aliases.joinKeyVersions(tenant, [old, fresh], draft);
        await aliases.link(tenant, { ...linking(old, fresh), action: 'unlink' }, draft);
        const youngest = await subjectOf(fresher);
        for (let i = 0; i < 2; i += 1) await aliases.joinKeyVersions(tenant, [fresher, fresh, old], draft);
        expect((await aliases.canonical(tenant, older))?.members).toEqual([older]);
        expect((await aliases.canonical(tenant, younger))?.members).toEqual([younger, youngest]);
      });

      test('are shared as one, and unshared as one', async () => {
        const [old, fresh, mother] = [aToken('k1'), aToken('k2'), aToken('k2')];
        const shared = await subjectOf(old);
        await aliases.markShared(tenant, { token: old, shared: true }, draft);
        const younger = await subjectOf(fresh);
        await aliases.joinKeyVersions(tenant, [fresh, old], { ...draft, actor: 'system:identity' });
        expect(await aliases.find(tenant, [old, fresh])).toMatchObject([{ shared: true }, { shared: true }]);
        await subjectOf(mother);
        await expect(aliases.link(tenant, linking(fresh, mother, 'verified_login'), draft)).rejects.toMatchObject({
          facts: { reason: 'shared_identifier' },
        });
        expect((await aliases.canonical(tenant, shared))?.members).toEqual([shared, younger]);
        await aliases.markShared(tenant, { token: fresh, shared: false }, draft);
        expect((await aliases.aliasesOf(tenant, shared)).map((alias) => alias.shared)).toEqual([false, false]);
      });

      test('do not join a shared identifier to the person whom its new version was linked with', async () => {
        const [old, fresh, mother] = [aToken('k1'), aToken('k2'), aToken('k2')];
        const shared = await subjectOf(old);
        await aliases.markShared(tenant, { token: old, shared: true }, draft);
        await subjectOf(mother);
        await aliases.link(tenant, linking(fresh, mother), draft);
        await aliases.joinKeyVersions(tenant, [fresh, old], draft);
        expect((await aliases.canonical(tenant, shared))?.members).toEqual([shared]);
      });

      test('are joined once, however many look at the same moment', async () => {
        const [old, fresh] = [aToken('k1'), aToken('k2')];
        const older = await subjectOf(old);
        await subjectOf(fresh);
        await Promise.all(Array.from({ length: 5 }, () => aliases.joinKeyVersions(tenant, [fresh, old], draft)));
        expect((await aliases.links(tenant, older)).history).toHaveLength(1);
      });

      test('are parted from another identifier together, by whichever of them somebody asks', async () => {
        const [old, fresh, phone] = [aToken('k1'), aToken('k2'), aToken('k1')];
        const [older, younger, other] = [await subjectOf(old), await subjectOf(fresh), await subjectOf(phone)];
        await aliases.joinKeyVersions(tenant, [fresh, old], draft);
        await aliases.link(tenant, linking(old, phone, 'import'), draft);
        await aliases.link(tenant, linking(fresh, phone, 'import'), draft);
        await aliases.link(tenant, { ...linking(fresh, phone), action: 'unlink' }, draft);
        expect((await aliases.canonical(tenant, other))?.members).toEqual([other]);
        expect((await aliases.canonical(tenant, older))?.members).toEqual([older, younger]);
        for (const token of [old, fresh]) {
          const again = aliases.link(tenant, linking(token, phone, 'import'), draft);
          await expect(again).rejects.toMatchObject({ facts: { reason: 'parted' } });
        }
      });

      test('stay one identifier, whoever says besides that they are one person', async () => {
        const [old, fresh, fresher] = [aToken('k1'), aToken('k2'), aToken('k3')];
        for (const token of [old, fresh, fresher]) await subjectOf(token);
        await aliases.joinKeyVersions(tenant, [fresh, old], draft);
        await aliases.link(tenant, linking(old, fresh), draft);
        await aliases.markShared(tenant, { token: old, shared: true }, draft);
        expect(await aliases.find(tenant, [fresh])).toMatchObject([{ shared: true }]);
        await aliases.markShared(tenant, { token: fresh, shared: false }, draft);
        await aliases.link(tenant, linking(fresher, fresh, 'import'), draft);
        const set = await aliases.createSet(tenant, [aToken('k3'), aToken('k1')]);
        const members = (await aliases.canonical(tenant, await subjectOf(old)))?.members ?? [];
        expect((await aliases.setsWith(tenant, [set.id], members)).get(set.id)).toBeUndefined();
      });

      test('join nobody to a person who is being erased', async () => {
        const [old, fresh] = [aToken('k1'), aToken('k2')];
        const erased = await subjectOf(old, 1);
        const living = await subjectOf(fresh);
        await aliases.suppress(tenant, [erased], Date.now(), 'request-rotation');
        await aliases.joinKeyVersions(tenant, [old, fresh], draft);
        expect((await aliases.canonical(tenant, living))?.members).toEqual([living]);
      });
    });

    describe('who is being erased', () => {
      test('is linked with nobody and parted from nobody, and an import does not bring them back afterwards', async () => {
        const [mail, phone, other] = [aToken(), aToken(), aToken()];
        const [first, second] = [await subjectOf(mail, 1), await subjectOf(phone, 1)];
        await subjectOf(other, 1);
        await aliases.link(tenant, linking(mail, phone), draft);
        await aliases.suppress(tenant, [first, second], 50_000, 'request-link');
        for (const change of [
          linking(mail, other),
          linking(other, mail, 'heuristic'),
          { ...linking(mail, phone), action: 'unlink' } as const,
        ]) {
          await expect(aliases.link(tenant, change, draft)).rejects.toMatchObject({
            code: 'conflict',
            facts: { reason: 'erased' },
          });
        }
        expect((await aliases.canonical(tenant, first))?.members).toEqual([first, second]);
        await aliases.forget(tenant, [first, second]);
        await expect(aliases.link(tenant, linking(mail, phone, 'import'), draft)).rejects.toMatchObject({
          facts: { reason: 'erased' },
        });
        const unlink = { ...linking(mail, phone), action: 'unlink' } as const;
        await expect(aliases.link(tenant, unlink, draft)).rejects.toMatchObject({ code: 'not_found' });
        expect(await aliases.find(tenant, [mail, phone])).toEqual([null, null]);
      });

      test('is somebody again, who can be linked, once a later event has brought the token', async () => {
        const [mail, other] = [aToken(), aToken()];
        const erased = await subjectOf(mail, 1);
        await subjectOf(other, 1);
        await aliases.suppress(tenant, [erased], 50_000, 'request-again');
        const fresh = await subjectOf(mail, 60_000);
        await aliases.link(tenant, linking(mail, other), draft);
        expect((await aliases.canonical(tenant, fresh))?.members).toHaveLength(2);
        expect((await aliases.canonical(tenant, erased))?.members).toEqual([erased]);
      });

      test('is linked before or not at all, whichever came first', async () => {
        for (let round = 0; round < 10; round += 1) {
          const [a, b] = [aToken(), aToken()];
          const [first, second] = [await subjectOf(a, 1), await subjectOf(b, 1)];
          const [linked] = await Promise.allSettled([
            aliases.link(tenant, linking(a, b), draft),
            aliases.suppress(tenant, [first], 50_000, `request-race-${round}`),
          ]);
          const { members } = (await aliases.canonical(tenant, second)) ?? { members: [] };
          expect(members).toHaveLength(linked.status === 'fulfilled' ? 2 : 1);
          await aliases.forget(tenant, [first]);
          expect(await aliases.links(tenant, second)).toEqual({ links: [], history: [] });
        }
      });
    });

    describe('whom an operator has parted', () => {
      test('no machine joins again, neither directly nor by way of a third, and an operator can', async () => {
        const [a, b, c] = [aToken(), aToken(), aToken()];
        const first = await subjectOf(a);
        await subjectOf(b);
        await aliases.link(tenant, linking(a, b, 'verified_login'), draft);
        await aliases.link(tenant, { ...linking(a, b), action: 'unlink' }, draft);
        await aliases.link(tenant, linking(b, c, 'import'), draft);
        for (const [one, other] of [
          [a, b],
          [c, a],
        ] as const) {
          await expect(aliases.link(tenant, linking(one, other, 'import'), draft)).rejects.toMatchObject({
            facts: { reason: 'parted' },
          });
        }
        expect((await aliases.canonical(tenant, first))?.members).toEqual([first]);
        await aliases.link(tenant, linking(a, b), draft);
        expect((await aliases.canonical(tenant, first))?.members).toHaveLength(3);
      });

      test('is known with the time in which they were one person, until one of them is forgotten', async () => {
        const [a, b] = [aToken(), aToken()];
        const [first, second] = [await subjectOf(a), await subjectOf(b)];
        await aliases.link(tenant, linking(a, b), draft);
        expect(await aliases.onceJoined(tenant, second)).toEqual([]);
        await aliases.link(tenant, { ...linking(a, b), action: 'unlink' }, draft);
        const [together, ...more] = await aliases.onceJoined(tenant, second);
        expect(more).toEqual([]);
        expect(together?.subjectId).toBe(first);
        expect(Date.parse(together?.from ?? '')).toBeLessThanOrEqual(Date.parse(together?.to ?? ''));
        expect(await aliases.onceJoined(rival, second)).toEqual([]);
        await aliases.forget(tenant, [first]);
        expect(await aliases.onceJoined(tenant, second)).toEqual([]);
      });
    });

    describe('an identifier that several people use', () => {
      test('is marked or joins people, and never both, whoever comes first', async () => {
        for (let round = 0; round < 10; round += 1) {
          const [family, mother] = [aToken(), aToken()];
          const subjectId = await subjectOf(family);
          await subjectOf(mother);
          const [marked, linked] = await Promise.allSettled([
            aliases.markShared(tenant, { token: family, shared: true }, draft),
            aliases.link(tenant, linking(family, mother), draft),
          ]);
          expect([marked.status, linked.status].toSorted()).toEqual(['fulfilled', 'rejected']);
          const { members } = (await aliases.canonical(tenant, subjectId)) ?? { members: [] };
          expect(members).toHaveLength(linked.status === 'fulfilled' ? 2 : 1);
        }
      });

      test('joins nobody, whoever asks, and says that it is shared', async () => {
        const [family, mother, child] = [aToken(), aToken(), aToken()];
        const subjectId = await subjectOf(family);
        await subjectOf(mother);
        await aliases.markShared(tenant, { token: family, shared: true }, { ...draft, type: 'alias.shared' });
        for (const kind of ['operator', 'verified_login', 'import'] as const) {
          await expect(aliases.link(tenant, linking(family, mother, kind), draft)).rejects.toMatchObject({
            code: 'conflict',
            facts: { reason: 'shared_identifier' },
          });
        }
        await aliases.link(tenant, linking(family, mother, 'heuristic'), draft);
        await aliases.link(tenant, linking(family, child, 'heuristic'), draft);
        expect((await aliases.canonical(tenant, subjectId))?.members).toEqual([subjectId]);
        expect(await aliases.find(tenant, [family, mother])).toMatchObject([{ subjectId, shared: true }, {}]);
        expect((await aliases.links(tenant, subjectId)).links.map(({ joins }) => joins)).toEqual([false, false]);
        expect(await aliases.aliasesOf(tenant, subjectId)).toMatchObject([{ shared: true }]);
        await aliases.markShared(tenant, { token: family, shared: false }, draft);
        await aliases.link(tenant, linking(family, mother), draft);
        expect((await aliases.canonical(tenant, subjectId))?.members).toHaveLength(2);
      });

      test('cannot be marked while it joins people, and not when nobody knows it', async () => {
        const [a, b] = [aToken(), aToken()];
        await subjectOf(a);
        await aliases.link(tenant, linking(a, b), draft);
        const mark = (token: string) => aliases.markShared(tenant, { token, shared: true }, draft);
        await expect(mark(a)).rejects.toMatchObject({ code: 'conflict' });
        await expect(mark(aToken())).rejects.toMatchObject({ code: 'not_found' });
      });

      test('a device joins people only when an operator says so', async () => {
        const [device, mail] = [aToken(), aToken()];
        await subjectOf(device);
        await aliases.noteTypes(tenant, [{ token: device, type: 'device_id' }]);
        for (const kind of ['verified_login', 'import'] as const) {
          await expect(aliases.link(tenant, linking(device, mail, kind), draft)).rejects.toMatchObject({
            facts: { reason: 'shareable_identifier' },
          });
        }
        await aliases.link(tenant, linking(device, mail, 'operator'), draft);
      });
    });

    test('what was linked and unlinked stays on record, for the tenant and until the person is forgotten', async () => {
      const [mail, phone] = [aToken(), aToken()];
      const subjectId = await subjectOf(mail);
      const other = await subjectOf(phone);
      await aliases.link(tenant, linking(mail, phone, 'heuristic'), draft);
      await aliases.link(tenant, linking(mail, phone), draft);
      await aliases.link(tenant, { ...linking(phone, mail), action: 'unlink' }, { ...draft, actor: 'key:second' });
      const { links, history } = await aliases.links(tenant, subjectId);
      expect(links).toEqual([]);
      expect(history.map(({ action, kind, actor }) => [action, kind, actor])).toEqual([
        ['link', 'heuristic', 'key:test'],
        ['link', 'operator', 'key:test'],
        ['unlink', 'operator', 'key:second'],
      ]);
      expect(new Set(history[0]?.subjectIds)).toEqual(new Set([subjectId, other]));
      expect(await aliases.links(rival, subjectId)).toEqual({ links: [], history: [] });
      await aliases.forget(tenant, [other]);
      expect((await aliases.links(tenant, subjectId)).history).toEqual([]);
    });

    describe('sets', () => {
      test('a set answers the subjects of its tokens, each once', async () => {
        const tokens = [aToken(), aToken()];
        const known = await subjectOf(tokens[0] as string);
        const set = await aliases.createSet(tenant, [...tokens, ...tokens]);
        expect(set.id).toMatch(/^set_[0-9A-Za-z_-]{22}$/);
        expect(set.count).toBe(2);
        const members = await aliases.subjectsOfSet(tenant, set.id, Date.now());
        expect(members).toHaveLength(2);
        expect(members).toContain(known);
        expect(await aliases.subjectsOfSet(tenant, set.id, Date.now())).toEqual(members);
      });

      test('which sets hold a person is told without making anybody', async () => {
        const [maria, stranger] = [aToken(), aToken()];
        const subjectId = await subjectOf(maria);
        const withMaria = await aliases.createSet(tenant, [maria, stranger]);
        const without = await aliases.createSet(tenant, [aToken()]);
        const asked = [withMaria.id, without.id, 'set_none'];
        expect(await aliases.setsWith(tenant, asked, [subjectId])).toEqual(
          new Map([
            [withMaria.id, true],
            [without.id, false],
          ]),
        );
        expect(await aliases.setsWith(rival, asked, [subjectId])).toEqual(new Map());
        expect(await aliases.setsWith(tenant, [], [subjectId])).toEqual(new Map());
        expect(await aliases.find(tenant, [stranger])).toEqual([null]);
      });

      test('a set that was made under a key the person is not known under does not say that it left them out', async () => {
        const [old, fresh, phone] = [aToken('k1'), aToken('k2'), aToken('k1')];
        const subjectId = await subjectOf(old);
        const sets = {
          same: (await aliases.createSet(tenant, [aToken('k1')])).id,
          newer: (await aliases.createSet(tenant, [aToken('k2')])).id,
          both: (await aliases.createSet(tenant, [aToken('k2'), aToken('k1')])).id,
          held: (await aliases.createSet(tenant, [aToken('k2'), old])).id,
        };
        const said = async () => {
          const members = (await aliases.canonical(tenant, subjectId))?.members ?? [];
          const known = await aliases.setsWith(tenant, Object.values(sets), members);
          return Object.fromEntries(Object.entries(sets).map(([name, id]) => [name, known.get(id)]));
        };
        expect(await said()).toEqual({ same: false, newer: undefined, both: undefined, held: true });
        await subjectOf(fresh);
        await aliases.joinKeyVersions(tenant, [fresh, old], draft);
        expect(await said()).toEqual({ same: false, newer: false, both: false, held: true });
        await subjectOf(phone);
        await aliases.link(tenant, linking(phone, old), draft);
        expect(await said()).toEqual({ same: false, newer: undefined, both: undefined, held: true });
      });

      test('there is no set of another tenant and no set that nobody made', async () => {
        const { id } = await aliases.createSet(tenant, [aToken()]);
        expect(await aliases.subjectsOfSet(rival, id, 1)).toBeNull();
        expect(await aliases.subjectsOfSet(tenant, 'set_none', 1)).toBeNull();
      });

      test('an empty set, and one with what is no token, are refused', async () => {
        await expect(aliases.createSet(tenant, [])).rejects.toMatchObject({ code: 'bad_request' });
        await expect(aliases.createSet(tenant, ['jane@example.com'])).rejects.toMatchObject({ code: 'bad_request' });
      });

      test('a forgotten person leaves the set', async () => {
        const [gone, stays] = [aToken(), aToken()];
        const subjectId = await subjectOf(gone);
        const { id } = await aliases.createSet(tenant, [gone, stays]);
        await aliases.forget(tenant, [subjectId]);
        expect(await aliases.subjectsOfSet(tenant, id, Date.now())).toEqual([await subjectOf(stays)]);
      });
    });

    describe('suppression', () => {
      test('an older event is refused, a newer one is a new subject, before and after forgetting', async () => {
        const token = aToken();
        const old = await subjectOf(token, 1_000);
        await aliases.suppress(tenant, [old], 50_000, 'request-1');
        const sightings = [49_999, 50_000, 1].map((atMs) => ({ token, atMs }));
        const [late, fresh, ancient] = await aliases.resolve(tenant, sightings);
        expect([late, ancient]).toEqual(['suppressed', 'suppressed']);
        expect(fresh).toMatch(UUID);
        expect(fresh).not.toBe(old);

        await aliases.forget(tenant, [old]);
        expect(await aliases.resolve(tenant, sightings)).toEqual(['suppressed', fresh, 'suppressed']);
      });

      test('until the person is forgotten their tokens can be read, because verifying needs them', async () => {
        const token = aToken();
        const subjectId = await subjectOf(token);
        await aliases.suppress(tenant, [subjectId], Date.now(), 'request-2');
        expect((await aliases.aliasesOf(tenant, subjectId)).map((alias) => alias.token)).toEqual([token]);
        expect(await aliases.find(tenant, [token])).toEqual([{ subjectId }]);
        const fresh = await subjectOf(token, Date.now() + 1_000);
        expect(await aliases.find(tenant, [token])).toEqual([{ subjectId: fresh }]);
      });

      test('who is being erased, was forgotten or never was is not among the living, whoever they are by now', async () => {
        const [erased, forgotten] = [aToken(), aToken()];
        const [old, gone, other, foreign] = [
          await subjectOf(erased, 1),
          await subjectOf(forgotten, 1),
          await subjectOf(aToken()),
          await subjectOf(aToken(), 1, rival),
        ];
        const asked = [old, gone, other, foreign, randomUUID()];
        expect(await aliases.livingSubjects(tenant, asked)).toEqual(new Set([old, gone, other]));
        await aliases.suppress(tenant, [old, gone], 50_000, 'request-7');
        await aliases.forget(tenant, [gone]);
        const fresh = await subjectOf(erased, 60_000);
        expect(await aliases.livingSubjects(tenant, [...asked, fresh])).toEqual(new Set([other, fresh]));
      });

      test('suppressing again does not move the moment back', async () => {
        const token = aToken();
        const subjectId = await subjectOf(token, 1);
        await aliases.suppress(tenant, [subjectId], 50_000, 'request-3');
        await aliases.suppress(tenant, [subjectId], 10_000, 'request-3');
        expect(await aliases.resolve(tenant, [{ token, atMs: 49_999 }])).toEqual(['suppressed']);
      });

      test('a token of the person that no span has brought yet is refused and leaves the sets too', async () => {
        const [seen, unseen] = [aToken(), aToken()];
        const subjectId = await subjectOf(seen, 1);
        const { id } = await aliases.createSet(tenant, [unseen]);
        await aliases.suppress(tenant, [subjectId], 50_000, 'request-8', [seen, unseen]);
        expect(await aliases.resolve(tenant, [{ token: unseen, atMs: 49_999 }])).toEqual(['suppressed']);
        await aliases.forget(tenant, [subjectId], [seen, unseen]);
        expect(await aliases.subjectsOfSet(tenant, id, 50_000)).toEqual([]);

        const nobody = aToken();
        await aliases.suppress(tenant, [], 50_000, 'request-9', [nobody]);
        expect(await aliases.resolve(tenant, [{ token: nobody, atMs: 49_999 }])).toEqual(['suppressed']);
      });

      test('suppression of one tenant does not touch the same token of another', async () => {
        const token = aToken();
        const subjectId = await subjectOf(token);
        const theirs = await subjectOf(token, 1, rival);
        await aliases.suppress(tenant, [subjectId, theirs], Date.now() + 60_000, 'request-4');
        expect(await subjectOf(token, 1, rival)).toBe(theirs);
      });

      test('a set leaves out who is suppressed at that moment', async () => {
        const token = aToken();
        const subjectId = await subjectOf(token, 1);
        const { id } = await aliases.createSet(tenant, [token]);
        await aliases.suppress(tenant, [subjectId], 50_000, 'request-5');
        expect(await aliases.subjectsOfSet(tenant, id, 49_999)).toEqual([]);
        expect(await aliases.subjectsOfSet(tenant, id, 50_000)).not.toContain(subjectId);
      });

      test('every change is a new version, and collectors that have not seen it are named', async () => {
        const subjectId = await subjectOf(aToken());
        const before = await aliases.suppressionVersion(tenant);
        await aliases.acknowledgeSuppression('collector-a', tenant, before);
        await aliases.acknowledgeSuppression('collector-b', tenant, before);
        const version = await aliases.suppress(tenant, [subjectId], Date.now(), 'request-6');
        expect(version).toBeGreaterThan(before);
        expect(await aliases.suppressionVersion(tenant)).toBe(version);
        expect(await aliases.unacknowledged(tenant, version, 60_000)).toEqual(['collector-a', 'collector-b']);
        await aliases.acknowledgeSuppression('collector-a', tenant, version);
        expect(await aliases.unacknowledged(tenant, version, 60_000)).toEqual(['collector-b']);
        expect(await aliases.unacknowledged(rival, version, 60_000)).toEqual([]);
      });

      test('a collector that comes back finds the tenants it has acknowledged for, and nobody else’s', async () => {
        await aliases.acknowledgeSuppression('collector-back', tenant, 0);
        await aliases.acknowledgeSuppression('collector-back', rival, 0);
        await aliases.acknowledgeSuppression('collector-other', tenant, 0);
        expect(await aliases.acknowledgingTenants('collector-back')).toEqual([tenant, rival].sort((a, b) => a - b));
        expect(await aliases.acknowledgingTenants('collector-nobody')).toEqual([]);
      });

      test('a collector that has gone silent is not waited for', async () => {
        const version = await aliases.suppress(tenant, [], Date.now(), 'request-7');
        await aliases.acknowledgeSuppression('collector-gone', tenant, version - 1);
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect(await aliases.unacknowledged(tenant, version, 1)).not.toContain('collector-gone');
      });
    });

    describe('forgetting', () => {
      test('nothing leads from the subject to a token any more, and doing it again deletes nothing', async () => {
        const [a, b] = [aToken(), aToken()];
        const first = await subjectOf(a);
        const second = await subjectOf(b);
        await aliases.link(tenant, linking(a, b), draft);
        expect(await aliases.forget(tenant, [first, second])).toBe(5); // two aliases, two subjects, one link
        expect(await aliases.canonical(tenant, first)).toBeNull();
        expect(await aliases.aliasesOf(tenant, second)).toEqual([]);
        expect(await aliases.find(tenant, [a, b])).toEqual([null, null]);
        expect(await aliases.forget(tenant, [first, second])).toBe(0);
        expect(await subjectOf(a)).not.toBe(first);
      });
    });
  });
}
