import { setTimeout as sleep } from 'node:timers/promises';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken } from '@vestige/core/identity/token';
import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { DataMap } from '@vestige/core/lineage/data-map';
import type { Person } from '../people.ts';
import type { World } from './world.ts';

/** A request as the API shows it; only what the demo reads. */
export interface RequestView {
  readonly id: string;
  readonly state: string;
  readonly planHash?: string | null;
  readonly plan?: { readonly hash: string } | null;
}

export interface TaskView {
  readonly id: string;
  readonly node: string;
  readonly action: string;
  readonly state: string;
  readonly counts: { readonly found: number; readonly erased: number; readonly residual: number } | null;
  readonly failure?: { readonly class: string; readonly code: string } | null;
}

const DONE_MS = 90_000;

/** The token of one identifier, made on this side: the API could make it too, but need not see the value. */
export function tokenOf(world: World, type: 'email' | 'phone', value: string): string {
  return subjectToken(world.stack.subjectKey, type, normalise(type, value));
}

/**
 * Finds a person who is known by two identifiers, says that both are hers, and returns the one subject.
 *
 * The first look is ambiguous on purpose: nothing has shown that the e-mail address and the phone are one person.
 */
export async function findPerson(world: World, person: Person): Promise<{ subjectId: string; wasAmbiguous: boolean }> {
  const tokens: [string, string] = [tokenOf(world, 'email', person.email), tokenOf(world, 'phone', person.phone)];
  type Found = { subjectId: string | null; ambiguous: unknown[] };
  const first = await world.officer.post<Found>('/v1/subjects/resolve', { tokens });
  await world.officer.post('/v1/aliases', {
    action: 'link',
    tokens,
    kind: 'operator',
    evidence: 'same customer number in the CRM',
  });
  const second = await world.officer.post<Found>('/v1/subjects/resolve', { tokens });
  if (!second.subjectId) throw new Error('the person is not known to Vestige');
  return { subjectId: second.subjectId, wasAmbiguous: first.subjectId === null && first.ambiguous.length === 2 };
}

export function lineageOf(world: World, subjectId: string): Promise<LineageAnswer> {
  return world.officer.get(`/v1/subjects/${subjectId}/lineage`);
}

/** Which agents gave something to which others, as the data map of the last days has it. */
export async function handedOver(world: World): Promise<string[]> {
  const { agents } = await world.officer.get<DataMap>('/v1/map');
  return agents.map(({ from, to, via }) => `${from} → ${to}${via === null ? '' : ` through ${via}`}`).sort();
}

/** Files, identifies, plans and approves a request; returns it once the workflow has started it. */
export async function approveRequest(world: World, type: 'access' | 'erasure', person: Person): Promise<RequestView> {
  const filed = await world.officer.post<RequestView>('/v1/requests', {
    type,
    regime: 'gdpr',
    receivedAt: new Date().toISOString(),
    identifiers: [
      { type: 'email', value: person.email },
      { type: 'phone', value: person.phone },
      { type: 'customer_id', value: person.customerId },
    ],
    ...(type === 'erasure' ? { ground: 'eu-gdpr:JustificationA17NonNecessity' } : {}),
  });
  await world.officer.post(`/v1/requests/${filed.id}/identity`, {
    result: 'verified',
    method: 'account_login',
    assurance: 'substantial',
  });
  await world.officer.post(`/v1/requests/${filed.id}/plan`);
  const { hash } = await world.officer.get<{ hash: string }>(`/v1/requests/${filed.id}/plan`);
  return world.approver.post<RequestView>(`/v1/requests/${filed.id}/approve`, { planHash: hash });
}

/** Waits until the request has ended, telling of each state on the way. */
export async function untilDone(world: World, id: string, progress: (text: string) => void): Promise<RequestView> {
  const deadline = Date.now() + DONE_MS;
  let last = '';
  for (;;) {
    const request = await world.officer.get<RequestView>(`/v1/requests/${id}`);
    if (request.state !== last) progress(`request is ${request.state}`);
    last = request.state;
    if (/^(completed|completed_with_exceptions|refused|withdrawn|expired|duplicate)$/.test(request.state))
      return request;
    if (Date.now() > deadline) {
      const { items } = await tasksOf(world, id);
      const open = items.map((task) => `${task.node} ${task.state} ${task.failure?.code ?? ''}`).join('\n  ');
      throw new Error(`the request is still ${request.state} after ${DONE_MS} ms:\n  ${open}`);
    }
    await sleep(150);
  }
}

export function tasksOf(world: World, id: string): Promise<{ items: TaskView[] }> {
  return world.officer.get(`/v1/requests/${id}/tasks`);
}
