import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalHash } from '../certificate/canonical-hash.ts';
import { Confidence, type LineageAnswer, type LineageEdge } from '../lineage/answer.ts';
import { PlanExemption, sortedExemptions } from './exemption.ts';
import { upstreamOf } from './plan-order.ts';
import { REQUEST_TYPES, type RequestType } from './request.ts';
import { givesCopy, isOrdered, restricts, WORK_OF } from './request-type.ts';
import { TASK_ACTIONS, type TaskAction } from './worker-protocol.ts';

/**
 * The plan of a request: every place that is asked, in which order (design 06). Built from lineage and registry alone,
 * so the same facts give the same plan, and its hash is what an approver signs for.
 */

/** Our own telemetry, then our own aliases: erased by the workflow itself, after everything else, in this order. */
export const OWN_TELEMETRY = 'vestige:telemetry';
export const OWN_ALIASES = 'vestige:aliases';

/**
 * Why a target is in the plan. `possible`: only a whole-dataset job leads there, so it is searched and erased if found.
 * `unseen`: registered and reachable, though no span ever named this person there; searched all the same, because an
 * uninstrumented writer leaves no span.
 */
export const TARGET_ORIGINS = ['residency', 'recipient', 'possible', 'unseen', 'own'] as const;

export const PlanTarget = z.strictObject({
  node: z.string(),
  action: z.enum(TASK_ACTIONS),
  origin: z.enum(TARGET_ORIGINS),
  confidence: Confidence.nullable(),
  /** Targets that must be proven clean first. */
  after: z.array(z.string()),
  /** Records that a dry run counted there, which the approval then covers; null without one. */
  counted: z.int().min(0).nullable(),
});
export type PlanTarget = z.infer<typeof PlanTarget>;

export const Plan = z.strictObject({
  v: z.literal(1),
  type: z.enum(REQUEST_TYPES),
  targets: z.array(PlanTarget),
  /**
   * What the plan was made from: whether anything is known of the person, and whether a limit cut it short. An approver
   * must see a plan that may miss a place.
   */
  lineage: z.enum(['none', 'whole', 'truncated']),
  /** What stays, place by place, and why; of targets alone. */
  exemptions: z.array(PlanExemption),
  /** Commitment to the aliases the plan covers; says nothing without the nonce, which ends with the request. */
  aliases: z.strictObject({ count: z.int(), commitment: z.string() }),
});
export type Plan = z.infer<typeof Plan>;

/** A registered store: a node id, or with `*` at its end every node id with that prefix. */
export interface Registered {
  readonly id: string;
  /** Null: registered, but nobody can work there. */
  readonly connector: string | null;
}

/**
 * Whether an id stands for many nodes. Keys and dated indices are named with a `*` of their own (ruling 24): such an id is
 * a node, and a plan that took it for a prefix would leave the store out without a word.
 */
function isPrefix(id: string): boolean {
  const isNode =
    /^store:(redis|memcached):\/\/[^/]+\/\d+\.[^*]+.*\*$/.test(id) ||
    /^store:(elasticsearch|opensearch):\/\/[^/]+\/[^*]+\*$/.test(id);
  return id.endsWith('*') && !isNode;
}

/** The registry's entry for a node; the longest prefix wins. */
export function registeredFor<Entry extends Registered>(registered: readonly Entry[], node: string): Entry | null {
  let best: Entry | null = null;
  for (const entry of registered) {
    const covers = entry.id.endsWith('*') ? node.startsWith(entry.id.slice(0, -1)) : node === entry.id;
    if (covers && (best === null || entry.id.length > best.id.length)) best = entry;
  }
  return best;
}

export interface PlanInput {
  readonly type: RequestType;
  /** Null when no span ever named this person. */
  readonly lineage:
    | (Pick<LineageAnswer, 'edges' | 'residency' | 'recipients'> & {
        readonly completeness: Pick<LineageAnswer['completeness'], 'truncated'>;
      })
    | null;
  readonly registered: readonly Registered[];
  /** Registered parties, by id. */
  readonly parties: ReadonlySet<string>;
  readonly aliases: { readonly count: number; readonly commitment: string };
  /** Of a restriction that was lifted: its marks are taken off again. */
  readonly lifted?: boolean;
  /** As officers entered them; those of places that are no target are left out. */
  readonly exemptions?: readonly PlanExemption[];
  /** What a dry run of the same plan counted, by node. */
  readonly counted?: ReadonlyMap<string, number>;
}

/** @returns the plan; its targets sorted by node so that equal facts give equal bytes */
export function buildPlan(input: PlanInput): Plan {
  const targets = new Map<string, Omit<PlanTarget, 'after' | 'counted'>>();
  const work = workOf(input);

  for (const place of input.lineage?.residency ?? []) {
    // What was deleted or has expired is searched too: "deleted" is what a span said, not what somebody counted.
    const origin = place.confidence === 'possible' ? 'possible' : 'residency';
    targets.set(place.store, { node: place.store, action: work, origin, confidence: place.confidence });
  }
  const told = new Set<string>();
  for (const recipient of input.lineage?.recipients ?? []) {
    if (targets.has(recipient.node)) continue;
    const action = recipientAction(input, recipient.node, recipient.party);
    if (action === null) continue;
    // One notice per party, whichever of its nodes received data; the notice lists them all.
    if (action === 'notify' && told.has(recipient.party)) continue;
    if (action === 'notify') told.add(recipient.party);
    targets.set(recipient.node, { node: recipient.node, action, origin: 'recipient', confidence: null });
  }
  for (const { id, connector } of input.registered) {
    // Never an outside party without evidence: asking it would tell it about a person it may not know.
    if (connector === null || targets.has(id) || isPrefix(id) || !/^(store|memory|queue):/.test(id)) continue;
    targets.set(id, { node: id, action: work, origin: 'unseen', confidence: null });
  }
  const outside = [...targets.keys()].sort();
  const upstream = upstreamOf(outside, (input.lineage?.edges ?? []).map(dataDirection), (node) => /^job:/.test(node));
  const planned = outside.flatMap((node) => {
    const target = targets.get(node);
    if (!target) return [];
    const after = isOrdered(input.type) ? (upstream.get(node) ?? []) : [];
    return [{ ...target, after, counted: input.counted?.get(node) ?? null }];
  });
  return {
    v: 1,
    type: input.type,
    lineage: input.lineage === null ? 'none' : input.lineage.completeness.truncated ? 'truncated' : 'whole',
    targets: [...planned, ...ownTargets(input.type, outside)],
    exemptions: ofTargets(input.exemptions ?? [], new Set(outside)),
    aliases: input.aliases,
  };
}

/** The same plan with other exemptions: a plan of its own, with a hash of its own. */
export function withExemptions(plan: Plan, exemptions: readonly PlanExemption[]): Plan {
  const outside = plan.targets.filter(({ origin }) => origin !== 'own').map(({ node }) => node);
  return { ...plan, exemptions: ofTargets(exemptions, new Set(outside)) };
}

function ofTargets(exemptions: readonly PlanExemption[], nodes: ReadonlySet<string>): PlanExemption[] {
  return sortedExemptions(exemptions.filter(({ node }) => nodes.has(node)));
}

/** `sha256:` and the hash of the canonical JSON (RFC 8785) of the plan: what an approval is bound to. */
export function planHash(plan: Plan): string {
  return canonicalHash(plan);
}

/**
 * What a plan made later asks for that the approved one did not: targets, aliases, or other exemptions. Anything here
 * voids the approval; a target that is no longer seen does not, because searching it once more harms nobody.
 */
export function planGrowth(approved: Plan, fresh: Plan): { targets: string[]; aliases: boolean; exemptions: boolean } {
  const known = new Set(approved.targets.map((target) => `${target.action} ${target.node}`));
  const still = new Set(fresh.targets.map(({ node }) => node));
  const exempt = ({ exemptions = [] }: Partial<Plan>) =>
    canonicalHash(exemptions.filter(({ node }) => still.has(node)));
  return {
    exemptions: exempt(approved) !== exempt(fresh),
    targets: fresh.targets
      .filter((target) => !known.has(`${target.action} ${target.node}`))
      .map((target) => target.node),
    aliases: approved.aliases.commitment !== fresh.aliases.commitment,
  };
}

/** Salted commitment to a set of tokens, in no order. */
export function aliasCommitment(nonce: Uint8Array, tokens: readonly string[]): string {
  const hash = createHash('sha256').update(nonce);
  for (const token of [...new Set(tokens)].sort()) hash.update(`\0${token}`);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * What to ask of an outside recipient: a connector erases there; a registered party without one is told (Art. 19).
 * Nobody registered: it is still a target, which stays blocked until somebody registers or exempts it. For an access
 * request a recipient holds its own copy as a controller or processor; we name it, and export where a connector can.
 */
function recipientAction(input: PlanInput, node: string, party: string) {
  const { type, registered, parties } = input;
  const connected = (registeredFor(registered, node)?.connector ?? null) !== null;
  if (givesCopy(type)) return connected ? workOf(input) : null;
  // Art. 19 names all of them: whoever received the data hears of erasure, restriction and rectification.
  return !connected && parties.has(party) ? ('notify' as const) : workOf(input);
}

function workOf({ type, lifted }: PlanInput): TaskAction {
  return lifted === true && restricts(type) ? 'unrestrict' : WORK_OF[type];
}

function ownTargets(type: RequestType, outside: readonly string[]): PlanTarget[] {
  if (type !== 'erasure') return [];
  const own = { action: 'erase', origin: 'own', confidence: null, counted: null } as const;
  return [
    { ...own, node: OWN_TELEMETRY, after: [...outside] },
    { ...own, node: OWN_ALIASES, after: [OWN_TELEMETRY] },
  ];
}

/** A read moves data out of its peer, whichever way round the edge is drawn. */
function dataDirection(edge: LineageEdge): { from: string; to: string } {
  const drawnAsCall = (edge.action === 'read' || edge.action === 'receive') && /^(store|memory|queue):/.test(edge.to);
  return drawnAsCall ? { from: edge.to, to: edge.from } : { from: edge.from, to: edge.to };
}
