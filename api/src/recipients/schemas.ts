import { z } from '@hono/zod-openapi';
import {
  ACKNOWLEDGEMENTS,
  NOTICE_CHANNELS,
  NOTICE_EXCUSES,
  type RecipientNotice,
} from '@vestige/core/notice/recipient-notice';
import { PlainText } from '@vestige/core/request/body-parts';
import type { Party } from '@vestige/store/control/registry-store';
import type { RecipientHold } from '@vestige/store/notices/notice-store';

const instant = z.iso.datetime({ offset: true });
export const PartyName = z.string().min(1).max(512);

export const Hold = z.object({
  party: PartyName,
  since: z.iso.date(),
  matter: z.string(),
  liftedOn: z.iso.date().nullable(),
});
export const HoldBody = z.strictObject({ party: PartyName, since: z.iso.date(), matter: PlainText });

export const SendBody = z.strictObject({ channel: z.enum(NOTICE_CHANNELS), sentAt: instant });
export const AcknowledgeBody = z.strictObject({ acknowledgement: z.enum(ACKNOWLEDGEMENTS), at: instant });
export const ExcuseBody = z.strictObject({ code: z.enum(NOTICE_EXCUSES), basis: PlainText });

/** One recipient of a request, as the person and the certificate are told of it. */
export const RecipientView = z
  .object({
    party: PartyName,
    legalName: z.string().nullable().openapi({ description: 'Null while nobody is registered behind the host' }),
    role: z.string().nullable(),
    country: z.string().nullable(),
    contact: z.string().nullable(),
    nodes: z.array(z.string()),
    state: z.enum(['owed', 'sent', 'acknowledged', 'excused']),
    channel: z.enum(NOTICE_CHANNELS).nullable(),
    sentAt: z.iso.datetime().nullable(),
    acknowledgement: z
      .enum(ACKNOWLEDGEMENTS)
      .nullable()
      .openapi({ description: 'The recipient’s word. `received` says nothing of what it did' }),
    acknowledgedAt: z.iso.datetime().nullable(),
    excuse: z.object({ code: z.enum(NOTICE_EXCUSES), basis: z.string() }).nullable(),
    againSince: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'A hold on it was lifted: it has to be told again' }),
    hold: z.object({ since: z.iso.date(), matter: z.string() }).nullable().openapi({ description: 'In force now' }),
  })
  .openapi('Recipient');
export type RecipientView = z.infer<typeof RecipientView>;

export function recipientView(
  notice: RecipientNotice,
  parties: readonly Party[],
  holds: readonly RecipientHold[],
): RecipientView {
  const party = parties.find(({ id }) => id === notice.party);
  const hold = holds.find((each) => each.party === notice.party && each.liftedOn === null);
  const { sent, acknowledged, excuse } = notice;
  return {
    party: notice.party,
    legalName: party?.legalName ?? null,
    role: party?.role ?? null,
    country: party?.country ?? null,
    contact: party?.contact ?? null,
    nodes: [...notice.nodes],
    state: acknowledged ? 'acknowledged' : sent ? 'sent' : excuse ? 'excused' : 'owed',
    channel: sent?.channel ?? null,
    sentAt: sent?.at.toISOString() ?? null,
    acknowledgement: acknowledged?.as ?? null,
    acknowledgedAt: acknowledged?.at.toISOString() ?? null,
    excuse: excuse && { code: excuse.code, basis: excuse.basis },
    againSince: notice.againSince?.toISOString() ?? null,
    hold: hold ? { since: hold.since, matter: hold.matter } : null,
  };
}
