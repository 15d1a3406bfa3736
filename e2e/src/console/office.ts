import { approveRequest, untilDone } from '@vestige/example-support-desk/demo/journey';
import type { World } from '@vestige/example-support-desk/demo/world';
import { PEOPLE, type Person } from '@vestige/example-support-desk/people';
import { send } from '../harness/http.ts';
import { sendContradiction } from './contradiction.ts';

/** A privacy office on an ordinary day: requests of every kind, early and late, about everybody but Mara. */
export interface Office {
  /** Waits for a second person to approve its plan; due within days. */
  readonly toApprove: string;
  /** The person was asked who they are, and has shown something. */
  readonly toIdentify: string;
  /** Nobody has looked at it, and it is overdue. */
  readonly overdue: string;
  readonly refused: string;
  /** An access request whose copy can be downloaded. */
  readonly answered: string;
  /** An erasure with its certificate. */
  readonly erased: string;
  /** Somebody asked who was affected by the billing agent; nobody has opened the list of people. */
  readonly exposure: string;
  /** A restriction of processing in force. */
  readonly restricted: string;
}

const DAY_MS = 86_400_000;

export async function openOffice(world: World): Promise<Office> {
  const [, tomas, aiko, samuel, ines, lars, noor, greta] = PEOPLE as readonly [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  const file = async (type: string, { email }: Person, daysAgo: number, more: object = {}): Promise<string> => {
    const receivedAt = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
    const json = { type, regime: 'gdpr', receivedAt, identifiers: [{ type: 'email', value: email }], ...more };
    return (await world.officer.post<{ id: string }>('/v1/requests', json)).id;
  };
  const identify = (id: string, identity: object) => world.officer.post(`/v1/requests/${id}/identity`, identity);
  const known = { result: 'verified', method: 'account_login', assurance: 'substantial' };

  const toApprove = await file('erasure', aiko, 27, { ground: 'eu-gdpr:JustificationA17NonNecessity' });
  await identify(toApprove, known);
  await world.officer.post(`/v1/requests/${toApprove}/plan`);
  const toIdentify = await file('access', samuel, 3);
  await identify(toIdentify, { result: 'asked' });
  const overdue = await file('objection', greta, 40, { ground: 'vestige:particular-situation' });
  const refused = await file('erasure', noor, 9, { ground: 'eu-gdpr:JustificationA17NonNecessity' });
  await world.approver.post(`/v1/requests/${refused}/refuse`, {
    code: 'eu-gdpr:JustificationA17LegallyRequired',
    complaintAuthority: 'CNIL, 3 place de Fontenoy, 75007 Paris',
    judicialRemedyTold: true,
  });
  await file('portability', ines, 0);
  const { id: answered } = await approveRequest(world, 'access', tomas);
  const { id: erased } = await approveRequest(world, 'erasure', lars);
  const hourAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const { id: exposure } = await world.officer.post<{ id: string }>('/v1/exposure', {
    node: 'agent:desk/billing/billing',
    from: hourAgo(24),
    to: hourAgo(-1),
  });
  for (const id of [answered, erased]) await untilDone(world, id, () => {});
  await show(world, toIdentify, 'Called back at the number on file; knew the last invoice.');
  const restricted = await file('restriction', ines, 2, { ground: 'vestige:accuracy-contested' });
  await identify(restricted, known);
  await world.officer.post(`/v1/requests/${restricted}/plan`);
  // Held last: what is on its way is to come to its end.
  await world.approver.post('/v1/holds', {
    matter: 'Case 4 Ca 112/26',
    reviewAt: new Date(Date.now() + 90 * DAY_MS).toISOString().slice(0, 10),
    nodes: ['store:s3://legal-archive.example/*', 'store:postgres://books.example:5432/books.public.journal'],
  });
  await sendContradiction(world);
  return { toApprove, toIdentify, overdue, refused, answered, erased, exposure, restricted };
}

/** Attaches what a person showed to be recognised, in words. */
export async function show({ stack }: World, requestId: string, words: string): Promise<void> {
  const shown = await send(stack.apiUrl, stack.adminKey.reveal(), {
    method: 'POST',
    path: `/v1/requests/${requestId}/identity-proofs?kind=knowledge&assurance=substantial`,
    body: words,
    headers: { 'content-type': 'text/plain' },
  });
  if (shown.status !== 201) throw new Error(`the proof was answered ${shown.status}: ${shown.text}`);
}
