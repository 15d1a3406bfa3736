import type { components } from '../../api/schema.d.ts';

export type PrivacyNotice = components['schemas']['PrivacyNotice'];
export type NoticePurpose = PrivacyNotice['purposes'][number];

export const LEGAL_BASES = [
  'eu-gdpr:A6-1-a',
  'eu-gdpr:A6-1-b',
  'eu-gdpr:A6-1-c',
  'eu-gdpr:A6-1-d',
  'eu-gdpr:A6-1-e',
  'eu-gdpr:A6-1-f',
  'eu-gdpr:A9-2-a',
] as const satisfies readonly NoticePurpose['legalBasis'][];

const text = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

/**
 * What the form says, with everything it does not show as it was: stores in words and decisions by machine are declared
 * over the API.
 */
export function noticeOf(
  form: FormData,
  purposes: readonly NoticePurpose[],
  known: PrivacyNotice | null,
): PrivacyNotice {
  return {
    stores: known?.stores ?? [],
    automatedDecisions: known?.automatedDecisions ?? [],
    controller: {
      legalName: text(form, 'legalName'),
      contact: text(form, 'contact'),
      country: text(form, 'country').toUpperCase() || null,
      representative: text(form, 'representative') || null,
      dataProtectionOfficer: text(form, 'dataProtectionOfficer') || null,
    },
    authority: { name: text(form, 'authority'), url: text(form, 'authorityUrl') },
    purposes: purposes.filter(({ dataUse, title }) => dataUse.trim() !== '' && title.trim() !== ''),
  };
}
