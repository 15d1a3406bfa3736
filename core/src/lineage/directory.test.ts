import { describe, expect, test } from 'vitest';
import { directory, hostOf } from './directory.ts';
import { answerOf, residencyOf, world } from './testing/world.ts';

const party = (id: string, ...hosts: string[]) => ({
  id,
  legalName: `${id} Ltd`,
  role: 'processor',
  country: null,
  hosts,
});

describe('a service that was called before it was heard of', () => {
  const services = ['shop/billing', 'desk', 'shop/mail', 'crm/mail', 'shop/desk'];
  const names = directory({
    services,
    internalHosts: ['*.acme.net'],
    aliases: [{ alias: 'service:old', canonical: 'service:shop/billing' }],
  });

  test('is one node with the service that answers by that name', () => {
    expect(names.canonical('service:billing')).toBe('service:shop/billing');
    expect(names.canonical('service:billing.default.svc.cluster.local')).toBe('service:shop/billing');
    expect(names.canonical('service:billing.acme.net')).toBe('service:shop/billing');
    expect(names.canonical('service:shop/billing')).toBe('service:shop/billing');
  });

  test('stays what it is called where several answer by it, or one whose whole name it is', () => {
    for (const id of ['service:mail', 'service:desk', 'service:unheard', 'service:127.0.0.1:80', 'store:billing'])
      expect(names.canonical(id)).toBe(id);
  });

  test('is looked for under both names, beside those that were registered', () => {
    expect(new Set(names.spellings('service:shop/billing'))).toEqual(
      new Set(['service:shop/billing', 'service:old', 'service:billing']),
    );
    expect(names.spellings('service:shop/mail')).toEqual(['service:shop/mail']);
    expect(names.spellings('service:shop/desk')).toEqual(['service:shop/desk']);
  });

  test('is found by an address that was registered for the name it was called by', () => {
    const addressed = directory({
      services,
      internalHosts: ['*.acme.net'],
      aliases: [
        { alias: 'service:10.0.0.5:8080', canonical: 'service:billing' },
        { alias: 'service:10.0.0.7:8080', canonical: 'service:billing.acme.net' },
        { alias: 'service:10.0.0.8:8080', canonical: 'service:mail' },
      ],
    });
    for (const address of ['10.0.0.5:8080', '10.0.0.7:8080'])
      expect(addressed.canonical(`service:${address}`)).toBe('service:shop/billing');
    expect(addressed.canonical('service:10.0.0.8:8080')).toBe('service:mail');
    expect(addressed.spellings('service:shop/billing').toSorted()).toEqual([
      'service:10.0.0.5:8080',
      'service:10.0.0.7:8080',
      'service:billing',
      'service:billing.acme.net',
      'service:shop/billing',
    ]);
    expect(addressed.spellings('service:shop/mail')).toEqual(['service:shop/mail']);
  });
});

describe('parties', () => {
  const { party: of } = directory({
    parties: [
      party('cloud', 'cloud.example'),
      party('mail', 'mail.cloud.example'),
      party('queue', 'queue:kafka://k:9092/t'),
    ],
    stores: [{ id: 'store:s3://bucket*', partyId: 'cloud', retentionDays: null }],
  });
  const idOf = (node: string, host = '') => of(node, host)?.id;

  test('are found by the longest host suffix', () => {
    expect(idOf('recipient:cloud.example')).toBe('cloud');
    expect(idOf('recipient:cloud.example', 'eu.mail.cloud.example')).toBe('mail');
    expect(idOf('recipient:notcloud.example')).toBeUndefined();
  });
  test('by node id, by registered store, by the host in a name', () => {
    expect(idOf('queue:kafka://k:9092/t')).toBe('queue');
    expect(idOf('store:s3://bucket/prefix')).toBe('cloud');
    expect(idOf('store:postgres://db.cloud.example:5432/x.public.t')).toBe('cloud');
    expect(idOf('model:acme/m@api.cloud.example')).toBe('cloud');
  });
  test('by their own id, which a span may name as its recipient', () =>
    expect(idOf('recipient:x', 'mail')).toBe('mail'));
  test('the host of a node is read from its name', () => {
    expect(hostOf('store:postgres://db:5432/x')).toBe('db');
    expect(hostOf('store:sqlite:/data/crm.db/main.t')).toBe('');
    expect(hostOf('model:openai/gpt')).toBe('');
  });
});

describe('aliases', () => {
  const aliases = [
    { alias: 'store:postgres://10.0.0.5:6432*', canonical: 'store:postgres://db:5432*' },
    { alias: 'memory:desk/old', canonical: 'memory:desk/new' },
  ];
  const names = directory({ aliases });

  test('every stored spelling of a canonical name is asked for', () => {
    expect(names.spellings('store:postgres://db:5432/crm.public.c#ref')).toEqual([
      'store:postgres://db:5432/crm.public.c#ref',
      'store:postgres://10.0.0.5:6432/crm.public.c#ref',
    ]);
    expect(names.spellings('memory:desk/new')).toEqual(['memory:desk/new', 'memory:desk/old']);
  });

  test('a record written under one name and read under another is one record', () => {
    const w = world({
      'a/put': {
        at: [0, 5],
        person: 'declared',
        does: ['write store:postgres://10.0.0.5:6432/c'],
        recordRefs: ['store:postgres://10.0.0.5:6432/c#r'],
      },
      'b/read': {
        at: [100, 105],
        service: 'service:b',
        does: ['read store:postgres://db:5432/c'],
        recordRefs: ['store:postgres://db:5432/c#r'],
      },
    });
    expect(residencyOf(w, { directory: names })).toEqual(['store:postgres://db:5432/c: held declared 1']);
    expect(answerOf(w, { directory: names }).edges.map(({ to }) => to)).toContain('service:b');
  });
});
