import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

let api: TestApi;
let officer: string;
let colleague: string;
const ids: string[] = [];

beforeAll(async () => {
  let nowMs = Date.UTC(2026, 5, 1, 9);
  const tick = () => {
    nowMs += 1_000;
    return new Date(nowMs);
  };
  api = await openTestApi({ now: tick });
  officer = await api.bearer(api.acme, 'requests:read', 'requests:write');
  colleague = await api.bearer(api.acme, 'requests:read', 'requests:approve');
  // Filed in another order than they are due.
  for (const [type, receivedAt] of [
    ['erasure', '2026-05-20T10:00:00Z'],
    ['access', '2026-05-04T10:00:00Z'],
    ['erasure', '2026-05-12T10:00:00Z'],
  ]) {
    const filed = await call('POST', '/v1/requests', officer, {
      type,
      receivedAt,
      tokens: [`ps1.k1.${String(ids.length).repeat(22)}`],
    });
    expect(filed.status).toBe(201);
    ids.push(filed.body.id);
  }
  await call('POST', `/v1/requests/${ids[1]}/withdraw`, officer);
});
afterAll(() => api.close());

async function call(method: string, path: string, bearer: string, json?: unknown) {
  const response = await api.app.request(path, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
const next = async (id: string | undefined, bearer: string) => {
  const { body } = await call('GET', `/v1/requests/${id}/next`, bearer);
  return {
    ...body,
    open: body.events.filter((each: { objection: null | object }) => each.objection === null),
    of: (event: string) => body.events.find((each: { event: string }) => each.event === event),
  };
};
const eventsIn = (list: { event: string }[]) => list.map(({ event }) => event);

test('what is next is what the state machine would take, and names the scope that this key lacks', async () => {
  const { state, open, of, isSecondPerson } = await next(ids[0], officer);
  expect(state).toBe('received');
  expect(eventsIn(open)).toEqual([
    'ask_identity',
    'verify_identity',
    'refuse',
    'withdraw',
    'pause',
    'hold',
    'suspend',
    'extend',
    'acknowledge',
  ]);
  expect(of('refuse')).toMatchObject({ scope: 'requests:approve', mayKey: false });
  expect(of('resume').objection).toEqual({ reason: 'not_paused', says: 'the request is not paused' });
  expect(of('approve')).toBeUndefined();
  expect(isSecondPerson).toBe(false);
});

test('who did not file the request is the second person', async () => {
  const { isSecondPerson, of } = await next(ids[0], colleague);
  expect(isSecondPerson).toBe(true);
  expect(of('withdraw')).toMatchObject({ mayKey: false });
});

test('a pause that is on can be ended and not begun again, and stands at the clock', async () => {
  await call('POST', `/v1/requests/${ids[2]}/pause`, officer, { reason: 'identity' });
  const { of } = await next(ids[2], officer);
  expect(of('resume').objection).toBeNull();
  expect(of('pause').objection.reason).toBe('already');
  const { clock } = (await call('GET', `/v1/requests/${ids[2]}`, officer)).body;
  expect(clock).toMatchObject({
    receivedOn: '2026-05-12',
    pauses: [{ from: '2026-06-01', to: null, reason: 'identity' }],
    extension: null,
  });
});

test('nothing is next for a request that has ended', async () => {
  expect((await next(ids[1], officer)).events).toEqual([]);
});

test('the list goes by deadline or by filing, either way round, also over pages', async () => {
  const pages = async (query: string) => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await call('GET', `/v1/requests?limit=1&${query}${cursor}`, officer);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    return seen.map((id) => ids.indexOf(id));
  };
  expect(await pages('')).toEqual([1, 2, 0]);
  expect(await pages('order=due_last')).toEqual([0, 2, 1]);
  expect(await pages('order=filed')).toEqual([0, 1, 2]);
  expect(await pages('order=filed_last')).toEqual([2, 1, 0]);
  expect(await pages('open=true&type=erasure')).toEqual([2, 0]);
  expect(await pages('open=true&state=withdrawn')).toEqual([]);
});

test('receipts of a request that nobody has worked on are none, and of no request there are not even none', async () => {
  expect((await call('GET', `/v1/requests/${ids[0]}/receipts`, officer)).body).toEqual({ receipts: [] });
  const stranger = await api.bearer(api.rival, 'requests:read');
  for (const what of ['receipts', 'next']) {
    expect((await call('GET', `/v1/requests/${ids[0]}/${what}`, stranger)).status).toBe(404);
  }
});
