import { randomBytes, randomUUID } from 'node:crypto';
import { type ErrorCode, isVestigeError, VestigeError } from '@vestige/core/errors';
import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import type { ReadSpan } from '@vestige/core/model/span';
import { CANARY } from '@vestige/store/control/erased-people';
import type { Canary } from '@vestige/store/control/erasure-watch-store';
import type { Monitored } from './deps.ts';
import { eraseAgain } from './erase-again.ts';

/**
 * The daily canary (research/compliance.md §3.5, E7): an invented person goes through everything of ours that holds
 * people, is erased like anybody, and is looked for. That nobody noticed an erasure that does nothing is how other tools
 * failed (FM1, FM8); here a canary that is not verified is a finding, and its age a metric.
 *
 * It proves our own stores, not the customer's: there is no call to write a person into those.
 */
export const CANARY_EVERY_MS = 24 * 3_600_000;
/** Two canaries missed. */
export const CANARY_STALE_MS = 2 * CANARY_EVERY_MS;
/** Nobody else has this key id, so nobody's identifier makes such a token. */
const CANARY_KID = 'canary';
const SERVICE = `service:${CANARY_SERVICE}`;

/** Runs one when the last began long enough ago. @returns it, or null when none was due */
export async function canaryStep(monitored: Monitored): Promise<Canary | null> {
  const { deps, tenant } = monitored;
  const now = deps.now();
  const [last] = await deps.erasureWatch.canaries(tenant.id, 1);
  if (last !== undefined && now.getTime() - last.plantedAt.getTime() < CANARY_EVERY_MS) return null;
  const canary = await flyCanary(monitored, { id: randomUUID(), plantedAt: now });
  if (canary.failedStep !== null) await tellStale(monitored, canary.failedStep);
  return canary;
}

/** A finding when none was verified for two days, whoever was to run them. @returns age of the newest verified, ms */
export async function canaryAge(monitored: Monitored): Promise<number | null> {
  const { deps, tenant } = monitored;
  const recent = await deps.erasureWatch.canaries(tenant.id, RECENT);
  if (recent.length === 0) return null;
  const verified = recent.find((canary) => canary.verifiedAt !== null)?.verifiedAt ?? null;
  // Before the first was verified, the oldest one's start counts.
  const since = verified ?? recent.at(-1)?.plantedAt ?? deps.now();
  const ageMs = deps.now().getTime() - since.getTime();
  if (ageMs > CANARY_STALE_MS) await tellStale(monitored, null);
  return ageMs;
}

const RECENT = 10;

async function tellStale({ deps, tenant }: Monitored, failedStep: string | null): Promise<void> {
  const recent = await deps.erasureWatch.canaries(tenant.id, RECENT);
  const lastVerified = recent.find((canary) => canary.verifiedAt !== null)?.verifiedAt?.toISOString() ?? null;
  await deps.erasureWatch.noteStaleCanary(tenant.id, { failedStep, lastVerified });
  deps.log?.error({ failedStep, lastVerified }, 'the canary of our own erasure is not verified');
}

/** Every step is noted by its failure: the canary says which promise does not hold. */
async function flyCanary(monitored: Monitored, begun: Pick<Canary, 'id' | 'plantedAt'>): Promise<Canary> {
  const { deps, tenant } = monitored;
  let canary: Canary = { ...begun, subjectId: null, verifiedAt: null, failedStep: 'plant' };
  const reach = async (step: NonNullable<Canary['failedStep']>, changes: Partial<Canary> = {}) => {
    canary = { ...canary, ...changes, failedStep: step };
    await deps.erasureWatch.putCanary(tenant.id, canary);
  };
  await reach('plant');
  try {
    const token = `ps1.${CANARY_KID}.${randomBytes(16).toString('base64url')}`;
    const atMs = begun.plantedAt.getTime();
    const [subjectId = ''] = await deps.aliases.resolve(tenant.id, [{ token, atMs }]);
    await deps.events.append(tenant.id, {
      spans: [{ span: canarySpan(begun), subjectIds: [subjectId], linkSubjectIds: [] }],
    });
    expect('plant', (await deps.verifier.countSubject(tenant.id, [subjectId])) > 0);

    await reach('suppress', { subjectId });
    await deps.aliases.suppress(tenant.id, [subjectId], atMs + 1, `${CANARY}${begun.id}`);
    await reach('erase');
    const { rows } = await eraseAgain(monitored, [subjectId]);
    expect('erase', rows > 0);
    await deps.aliases.forget(tenant.id, [subjectId]);

    await reach('verify');
    expect('verify', (await deps.verifier.countSubject(tenant.id, [subjectId])) === 0);
    expect('verify', (await deps.aliases.canonical(tenant.id, subjectId)) === null);

    await reach('replay');
    const [replayed] = await deps.aliases.resolve(tenant.id, [{ token, atMs }]);
    expect('replay', replayed === 'suppressed');
    canary = { ...canary, subjectId: null, verifiedAt: deps.now(), failedStep: null };
    await deps.erasureWatch.putCanary(tenant.id, canary);
  } catch (error) {
    const code: ErrorCode = isVestigeError(error) ? error.code : 'internal';
    deps.log?.error({ step: canary.failedStep, code }, 'canary: a step failed');
  }
  return canary;
}

function expect(step: string, holds: boolean): void {
  if (!holds) throw new VestigeError('internal', 'a step of the canary did not do what it promises', { step });
}

/** Marked as our own work, so that no answer counts it as processing. */
function canarySpan({ id, plantedAt }: Pick<Canary, 'id' | 'plantedAt'>): ReadSpan {
  const startNs = BigInt(plantedAt.getTime()) * 1_000_000n;
  return {
    traceId: id.replaceAll('-', ''),
    spanId: id.replaceAll('-', '').slice(0, 16),
    parentId: '',
    name: 'canary',
    kind: 'internal',
    startNs,
    endNs: startNs,
    outcome: 'ok',
    service: SERVICE,
    instance: '',
    scope: '',
    attrs: {},
    resource: {},
    events: [],
    links: [],
    self: '',
    owner: '',
    touches: [],
    recordRefs: [],
    recordCount: -1,
    derivedFrom: [],
    conversation: '',
    attribution: 'declared',
    role: 'data_subject',
    categories: [],
    purpose: '',
    legalBasis: '',
    retentionUntilMs: 0,
    recipientHost: '',
    recipientCountry: '',
    requestId: `${CANARY}${id}`,
    seq: -1,
    ruleSet: 0,
    tokens: [],
    linkTokens: [],
    subjectSet: '',
  };
}
