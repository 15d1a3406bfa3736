import { z } from 'zod';

/**
 * A tenant's number: small, because it leads every ClickHouse order key. Never 0, which is what a row policy sees
 * when a query forgot to name its tenant.
 */
export const TenantId = z.int().min(1).max(0xffff_ffff).brand<'TenantId'>();
export type TenantId = z.infer<typeof TenantId>;

/** Stands for one person. Random: only the erasable alias table leads back to them. */
export const SubjectId = z.uuid().brand<'SubjectId'>();
export type SubjectId = z.infer<typeof SubjectId>;

export const RequestId = z.uuid().brand<'RequestId'>();
export type RequestId = z.infer<typeof RequestId>;

export const TaskId = z.uuid().brand<'TaskId'>();
export type TaskId = z.infer<typeof TaskId>;

/** 16 bytes as 32 lower-case hex digits, not all zero. */
export const TraceId = z.string().regex(/^(?!0{32})[0-9a-f]{32}$/);
/** 8 bytes as 16 lower-case hex digits, not all zero. */
export const SpanId = z.string().regex(/^(?!0{16})[0-9a-f]{16}$/);
