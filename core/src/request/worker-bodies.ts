import { z } from 'zod';
import {
  type ClaimedTask,
  type ClaimRequest,
  FAILURE_CLASSES,
  TASK_ACTIONS,
  type TaskAnnouncement,
  type TaskFailure,
  type TaskResult,
} from './worker-protocol.ts';

/** The worker protocol as schemas; the compiler holds them to the shapes of `worker-protocol.ts`. */
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const fence = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const leaseSeconds = z.int().min(5).max(600);
/** Stable and short: method names and failure codes end up in certificates. */
const code = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

export const ClaimBody = z.strictObject({
  stores: z.array(z.string().min(1).max(1024)).min(1).max(100),
  max: z.int().min(1).max(100),
  leaseSeconds,
  worker: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/),
  keepsParts: z.boolean().optional(),
  actions: z.array(z.enum(TASK_ACTIONS)).min(1).max(TASK_ACTIONS.length).optional(),
});
export type ClaimBody = z.infer<typeof ClaimBody>;

export const HeartbeatBody = z.strictObject({ fence, leaseSeconds });

export const AnnounceBody = z.strictObject({ fence, found: count });
export type AnnounceBody = z.infer<typeof AnnounceBody>;

export const ResultBody = z.strictObject({
  fence,
  found: count,
  erased: count,
  residual: count,
  method: code,
  evidenceDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  searched: z.boolean(),
  cannotErase: z.array(z.string().min(1).max(200)).max(50),
  handed: z
    .strictObject({
      channel: code.max(32),
      processor: z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
        .max(253),
      baseUrl: z.url({ protocol: /^https$/ }).max(2048),
      reference: z.string().regex(/^[A-Za-z0-9._:-]{1,200}$/),
      expectedAt: z.iso.datetime(),
      callbackUrl: z
        .url({ protocol: /^https$/ })
        .max(2048)
        .nullable(),
    })
    .optional(),
});
export type ResultBody = z.infer<typeof ResultBody>;

export const FailBody = z.strictObject({
  fence,
  class: z.enum(FAILURE_CLASSES),
  code,
  message: z.string().max(500),
});
export type FailBody = z.infer<typeof FailBody>;

const counts = z.strictObject({ found: count, erased: count, residual: count });
export const ClaimedTaskBody = z.strictObject({
  id: z.uuid(),
  requestId: z.uuid(),
  fence,
  leaseUntil: z.iso.datetime({ precision: 3 }),
  action: z.enum(TASK_ACTIONS),
  node: z.string(),
  selectors: z.array(z.strictObject({ type: z.string(), value: z.string() })),
  tokens: z.array(z.string()),
  recordRefs: z.array(z.string()),
  spared: z.array(z.string()),
  keeps: z
    .array(
      z.strictObject({ categories: z.array(z.string()), from: z.iso.date().nullable(), to: z.iso.date().nullable() }),
    )
    .optional(),
  attempt: z.int(),
  idempotencyKey: z.string(),
  expected: counts.nullable(),
  verifies: z.enum(TASK_ACTIONS).optional(),
  corrections: z.array(z.strictObject({ type: z.string(), value: z.string() })).optional(),
});

/** Neither side may grow a field that the other does not know. */
type SameFields<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : never;
const fieldsAgree: [
  SameFields<ClaimBody, ClaimRequest>,
  SameFields<ResultBody, TaskResult>,
  SameFields<FailBody, TaskFailure>,
  SameFields<AnnounceBody, TaskAnnouncement>,
  SameFields<z.infer<typeof ClaimedTaskBody>, ClaimedTask>,
] = [true, true, true, true, true];
void fieldsAgree;
