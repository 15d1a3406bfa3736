import { useSyncExternalStore } from 'react';

/**
 * Why somebody looks at people. Asked once in a session and sent with every read of a person: it is what the audit log
 * and the person's own "who looked at me" will say. It lives as long as the tab and ends with the session.
 *
 * ```tsx
 * <WithPurpose>…</WithPurpose>                      // asks before its children are shown (parts/purpose-dialog.tsx)
 * api.GET('/v1/subjects/{subjectId}', { params: { path, header: purposeHeader() } })
 * ```
 */
const PLACE = 'vestige.purpose';
const HEADER_CHARS_MAX = 200;
const listeners = new Set<() => void>();

/** Null until it was asked for. */
export const purposeNow = (): string | null => sessionStorage.getItem(PLACE);

export function setPurpose(purpose: string): void {
  sessionStorage.setItem(PLACE, purpose.trim());
  for (const listener of listeners) listener();
}

/** For when somebody else may sit down at this tab. */
export function forgetPurpose(): void {
  sessionStorage.removeItem(PLACE);
  for (const listener of listeners) listener();
}

export function usePurpose(): string | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, purposeNow);
}

/** For `params.header` of a call that reads a person; empty before anybody was asked, which the API refuses. */
export function purposeHeader(): { 'vestige-purpose'?: string } {
  const purpose = purposeNow();
  return purpose === null ? {} : { 'vestige-purpose': encodePurpose(purpose) };
}

/** A header holds ASCII, so other letters travel as RFC 8187 says (api/src/http/router.ts reads both). */
export const encodePurpose = (purpose: string): string =>
  /^[ -~]*$/.test(purpose) ? purpose : `UTF-8''${encodeURIComponent(purpose)}`;

/**
 * Whether a text may not be a purpose because it seems to hold an identifier. The API's own check is wider; this one
 * keeps what is plainly one out of this tab's storage.
 */
export const namesSomebody = (text: string): boolean => /\S@\S/.test(text) || /(?:\d[\s./()-]?){9,}/.test(text);

/** The API bounds the header as it travels. */
export const fitsHeader = (text: string): boolean => encodePurpose(text.trim()).length <= HEADER_CHARS_MAX;
