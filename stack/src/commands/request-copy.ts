import { SIGN_OFF_CODES } from '@vestige/core/package/open-points';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';

interface ReviewJson {
  readonly complete: boolean;
  readonly openPoints: readonly {
    readonly what: string;
    readonly text: string;
    readonly signedOff: { readonly code: string } | null;
  }[];
  readonly sealed: { readonly expiresAt: string; readonly downloads: number } | null;
}

/** What keeps the copy from going out. */
export function reviewCommand(): Command {
  const command = leaf('review <id>', 'what keeps the person’s copy from being sealed', 'request review <id>');
  return run(command, async ({ terminal, args }) => {
    const review = await apiClient().json<ReviewJson>('GET', `/v1/requests/${requestIdOf(args)}/package/review`);
    terminal.answer(review, reviewText(review));
    return EXIT.done;
  });
}

function reviewText({ complete, openPoints, sealed }: ReviewJson): string {
  if (sealed !== null) {
    const whole = complete ? '' : ', incomplete';
    return `Sealed${whole}; downloaded ${sealed.downloads} times, gone at ${sealed.expiresAt}.`;
  }
  if (openPoints.length === 0) return complete ? 'Nothing is open.' : 'Places are still being asked.';
  return openPoints
    .map(({ what, text, signedOff }) => `${what}\n  ${text}${signedOff ? ` Signed off: ${signedOff.code}.` : ''}`)
    .join('\n');
}

export function signOffCommand(): Command {
  const command = leaf(
    'sign-off <id>',
    'let the copy go out with one point open; by another person than filed the request',
    'request sign-off <id> --what recipient:mail.example.com --code recipient_cannot_be_identified --basis "asked twice"',
  )
    .requiredOption('--what <point>', 'as vestige request review names it')
    .addOption(new Option('--code <code>', 'why').choices(Object.keys(SIGN_OFF_CODES)).makeOptionMandatory())
    .requiredOption('--basis <text>', 'what shows it, for whoever audits this; no personal data');
  return run<{ what: string; code: string; basis: string }>(command, async ({ terminal, args, options }) => {
    const { what, code, basis } = options;
    const path = `/v1/requests/${requestIdOf(args)}/package/sign-off`;
    const signed = await apiClient().json<{ what: string }>('POST', path, { what, code, basis });
    terminal.answer(signed, `Signed off: ${what}.`);
    return EXIT.done;
  });
}

/** The two parts are printed once and kept nowhere. */
export function linkCommand(): Command {
  const command = leaf(
    'link <id>',
    'an address and a code under which the person fetches their copy; send them by different ways',
    'request link <id> --days 7',
  )
    .option('--days <days>', 'how long it lives, at most as long as the copy', Number, 7)
    .option('--downloads <count>', 'how often it opens the copy', Number, 3);
  return run<{ days: number; downloads: number }>(command, async ({ terminal, args, options }) => {
    const body = { days: options.days, downloadsMax: options.downloads };
    const path = `/v1/requests/${requestIdOf(args)}/package/link`;
    const link = await apiClient().json<{ path: string; code: string; expiresAt: string }>(
      'POST',
      path,
      body,
      'sending the person their copy',
    );
    terminal.answer(
      link,
      `Address  <this server>${link.path}\nCode     ${link.code}\nUntil    ${link.expiresAt}\n\nSend the two by different ways: together they open the copy.`,
    );
    return EXIT.done;
  });
}
