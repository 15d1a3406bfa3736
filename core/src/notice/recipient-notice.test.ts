import { expect, test } from 'vitest';
import { byParty, type NoticeTask, noticeFromTasks, uncovered } from './recipient-notice.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const task = (node: string, extra: Partial<NoticeTask>): NoticeTask => ({
  node,
  action: 'erase',
  state: 'ready',
  method: null,
  executedBy: null,
  exemption: null,
  updatedAt: at(0),
  ...extra,
});
const NODES = ['recipient:a.example', 'recipient:b.example'];

test('three nodes of one party make one notice', () => {
  const rows = [
    { party: 'openai', node: 'model:openai/b' },
    { party: 'mail.example', node: 'recipient:mail.example' },
    { party: 'openai', node: 'model:openai/a' },
    { party: 'openai', node: 'model:openai/a' },
  ];
  expect(byParty(rows)).toEqual([
    { party: 'mail.example', nodes: ['recipient:mail.example'] },
    { party: 'openai', nodes: ['model:openai/a', 'model:openai/b'] },
  ]);
});

test('work carried out at one node tells the party, and says completed only when every node is proven', () => {
  const done = task(NODES[0] ?? '', {
    state: 'verified',
    executedBy: 'key:1',
    method: 'http_delete',
    updatedAt: at(5),
  });
  const notYet = task(NODES[1] ?? '', {});
  expect(noticeFromTasks(NODES, [done, notYet])).toEqual({
    sent: { channel: 'erasure_call', at: at(5), by: 'key:1' },
    acknowledged: null,
    excuse: null,
  });
  const other = task(NODES[1] ?? '', { state: 'no_data_found', executedBy: 'key:1', updatedAt: at(6) });
  expect(noticeFromTasks(NODES, [done, other])?.acknowledged).toEqual({ as: 'completed', at: at(5) });
});

test('a notice handed to a processor is sent and not acknowledged', () => {
  const handed = task(NODES[0] ?? '', { state: 'delegated', executedBy: 'key:1', method: 'opendsr', action: 'erase' });
  expect(noticeFromTasks(NODES, [handed])).toMatchObject({ sent: { channel: 'opendsr' }, acknowledged: null });
});

test('only the two excuses of Art. 19 excuse, and only when every node of the party has one', () => {
  const excused = (node: string, code: string) =>
    task(node, { state: 'exempt', exemption: { code, basis: 'gone', by: 'key:2' } });
  const [a = '', b = ''] = NODES;
  expect(noticeFromTasks(NODES, [excused(a, 'vestige:notice-impossible'), task(b, {})])).toBeNull();
  expect(noticeFromTasks([a], [excused(a, 'vestige:not-a-store')])).toBeNull();
  expect(
    noticeFromTasks(NODES, [excused(a, 'vestige:notice-impossible'), excused(b, 'vestige:same-as-other-target')]),
  ).toMatchObject({ sent: null, excuse: { code: 'impossible', by: 'key:2' } });
});

test('a party is covered by a notice or an excuse and by nothing else', () => {
  const sent = { channel: 'email', at: at(1), by: 'key:1' } as const;
  const excuse = { code: 'impossible', basis: 'dissolved', by: 'key:2' } as const;
  expect(
    uncovered([
      { party: 'a', sent, excuse: null },
      { party: 'b', sent: null, excuse },
      { party: 'c', sent: null, excuse: null },
    ]),
  ).toEqual(['c']);
});
