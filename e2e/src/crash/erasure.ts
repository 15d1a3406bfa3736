import { ApiClient } from '@vestige/example-support-desk/demo/api-client';
import { until } from './children.ts';

/** A request as the API shows it; only what these tests read. */
export interface RequestView {
  readonly id: string;
  readonly state: string;
}

export interface TaskView {
  readonly id: string;
  readonly node: string;
  readonly state: string;
  readonly attempt: number;
  readonly counts: { readonly found: number; readonly erased: number; readonly residual: number } | null;
  readonly leasedTo: { readonly worker: string } | null;
}

/** The keys of an installation on which erasures are run: whoever files does not approve, and two keys work. */
export interface Desk {
  readonly admin: ApiClient;
  readonly officer: ApiClient;
  readonly approver: ApiClient;
  readonly workerKey: string;
  readonly verifierKey: string;
}

export async function openDesk(apiUrl: string, adminKey: string): Promise<Desk> {
  const admin = new ApiClient(apiUrl, adminKey);
  const keyFor = async (role: string, person?: string) =>
    (await admin.post<{ key: string }>('/v1/api-keys', { name: role, role, person })).key;
  const officer = await keyFor('dsr_agent', 'officer');
  const approver = await keyFor('approver', 'approver');
  return {
    admin,
    officer: new ApiClient(apiUrl, officer),
    approver: new ApiClient(apiUrl, approver),
    workerKey: await keyFor('worker'),
    verifierKey: await keyFor('verifier'),
  };
}

export async function registerStore(desk: Desk, id: string, connector: string): Promise<void> {
  const store = { id, title: id, connector, identifierTypes: ['email'], partyId: null };
  await desk.admin.put('/v1/stores', { ...store, retentionDays: 365, backupRetentionDays: 30 });
}

/** Files, identifies, plans and approves. @returns the id of the request */
export async function approvedErasure(desk: Desk, email: string): Promise<string> {
  const { id } = await desk.officer.post<RequestView>('/v1/requests', {
    type: 'erasure',
    regime: 'gdpr',
    receivedAt: new Date().toISOString(),
    identifiers: [{ type: 'email', value: email }],
    ground: 'eu-gdpr:JustificationA17NonNecessity',
  });
  const identity = { result: 'verified', method: 'account_login', assurance: 'substantial' };
  await desk.officer.post(`/v1/requests/${id}/identity`, identity);
  await desk.officer.post(`/v1/requests/${id}/plan`);
  const { hash } = await desk.officer.get<{ hash: string }>(`/v1/requests/${id}/plan`);
  await desk.approver.post(`/v1/requests/${id}/approve`, { planHash: hash });
  return id;
}

export function requestOf(desk: Desk, id: string): Promise<RequestView> {
  return desk.officer.get(`/v1/requests/${id}`);
}

export async function tasksOf(desk: Desk, id: string): Promise<TaskView[]> {
  return (await desk.officer.get<{ items: TaskView[] }>(`/v1/requests/${id}/tasks`)).items;
}

/** @throws when it ends in any other way, or not in time */
export async function untilCompleted(desk: Desk, id: string): Promise<void> {
  await until(
    'the request is completed',
    async () => {
      const { state } = await requestOf(desk, id);
      if (/_with_exceptions$|refused|withdrawn|expired|duplicate|blocked/.test(state)) {
        throw new Error(`the request is ${state}: ${JSON.stringify(await tasksOf(desk, id))}`);
      }
      return state === 'completed';
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
}

interface AuditPage {
  readonly items: { readonly type: string; readonly object: { readonly id: string } }[];
  readonly nextCursor: string | null;
}

/** Types of the audit entries of a request with what they are about, oldest first. */
export async function auditOf(desk: Desk, requestId: string): Promise<string[]> {
  const entries: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: AuditPage = await desk.approver.get(`/v1/audit/entries?limit=100&requestId=${requestId}${from}`);
    entries.push(...page.items.map(({ type, object }) => `${type} ${object.id}`));
    cursor = page.nextCursor;
  }
  return entries;
}
