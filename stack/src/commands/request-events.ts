import { VestigeError } from '@vestige/core/errors';
import { ASSURANCE_LEVELS } from '@vestige/core/request/identity-policy';
import { EXTENSION_CODES, IDENTITY_METHODS, REFUSAL_CODES } from '@vestige/core/request/reasons';
import { ReopenBody } from '@vestige/core/request/request-bodies';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { selectorsOf } from './identifier.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';
import { type RequestJson, requestText } from './request-text.ts';

const REOPEN_REASONS = ReopenBody.shape.reason.options;

/** Events of the request's state table; one that is not possible now exits with 5 and lists the ones that are. */
export function eventCommands(): Command[] {
  return [
    event<{ result: string; method?: string; assurance?: string }>(
      leaf(
        'verify-identity <id>',
        'record how the person was identified',
        'request verify-identity <id> --method account_login --assurance substantial',
      )
        .addOption(
          new Option('--result <result>', 'what came of it')
            .choices(['asked', 'verified', 'expired'])
            .default('verified'),
        )
        .addOption(new Option('--method <method>', 'how, for verified').choices(IDENTITY_METHODS))
        .addOption(new Option('--assurance <level>', 'how sure, for verified').choices(ASSURANCE_LEVELS)),
      'identity',
      ({ result, method, assurance }) => {
        if (result !== 'verified') return { result };
        if (method !== undefined && assurance !== undefined) return { result, method, assurance };
        throw new VestigeError('bad_request', 'A verified identity wants both --method and --assurance.');
      },
    ),
    event<{ planHash: string }>(
      leaf(
        'approve <id>',
        'approve exactly this plan, with another key than filed the request',
        'request approve <id> --plan-hash sha256:…',
      ).requiredOption('--plan-hash <hash>', 'as vestige request plan shows it'),
      'approve',
      ({ planHash }) => ({ planHash }),
    ),
    event<{ code: string; complaintAuthority: string; evidence?: string }>(
      leaf(
        'refuse <id>',
        'refuse; the person must have been told of both remedies',
        'request refuse <id> --code eu-gdpr:JustificationA12ManifestlyUnfounded --complaint-authority "State commissioner" --evidence "the fifth request of the same kind this month"',
      )
        .addOption(coded(REFUSAL_CODES))
        .requiredOption('--complaint-authority <name>', 'where the person may complain (Art. 12(4) GDPR)')
        .option('--evidence <text>', 'what shows that it is unfounded or excessive (Art. 12(5)); no personal data'),
      'refuse',
      ({ code, complaintAuthority, evidence }) => ({
        code,
        complaintAuthority,
        judicialRemedyTold: true,
        ...(evidence !== undefined && { evidence }),
      }),
    ),
    event<{ code: string }>(
      leaf(
        'extend <id>',
        'the person was told that it takes longer',
        'request extend <id> --code eu-gdpr:JustificationA12Complexity',
      ).addOption(coded(EXTENSION_CODES)),
      'extend',
      ({ code }) => ({ code }),
    ),
    event<{ reason: string }>(
      leaf('pause <id>', 'wait for the person', 'request pause <id> --reason clarification').addOption(
        new Option('--reason <reason>', 'what is waited for')
          .choices(['identity', 'clarification'])
          .makeOptionMandatory(),
      ),
      'pause',
      ({ reason }) => ({ reason }),
    ),
    event<{ matter: string; reviewAt: string }>(
      leaf(
        'hold <id>',
        'a legal hold: nothing is destroyed while it lasts',
        'request hold <id> --matter "Case 12/26" --review-at 2027-01-31',
      )
        .requiredOption('--matter <matter>', 'what for; no personal data')
        .requiredOption('--review-at <day>', 'when to look at it again'),
      'hold',
      ({ matter, reviewAt }) => ({ matter, reviewAt }),
    ),
    event<{ reason: string }>(
      leaf(
        'reopen <id> <identifiers...>',
        'something was left, came back, or was missed: plan and approve anew',
        'request reopen <id> customer_id=C-17 --reason new_identifier',
      ).addOption(new Option('--reason <reason>', 'why').choices(REOPEN_REASONS).makeOptionMandatory()),
      'reopen',
      ({ reason }, [, ...given]) => ({ reason, ...selectorsOf(given) }),
    ),
    plain('acknowledge', 'the person was told that the request has arrived'),
    plain('resume', 'the person has answered'),
    plain('release', 'the legal hold is over'),
    plain('suspend', 'stop all work; the clock runs on'),
    plain('unsuspend', 'go on'),
    plain('withdraw', 'the person takes the request back'),
  ];
}

const coded = (codes: readonly string[]): Option =>
  new Option('--code <code>', 'coded reason').choices(codes).makeOptionMandatory();

const plain = (name: string, description: string): Command =>
  event(leaf(`${name} <id>`, description, `request ${name} <id>`), name);

function event<Options extends object>(
  command: Command,
  name: string,
  bodyOf?: (options: Options, args: readonly string[]) => object,
): Command {
  return run<Options>(command, async ({ terminal, args, options }) => {
    const path = `/v1/requests/${requestIdOf(args)}/${name}`;
    const request = await apiClient().json<RequestJson>('POST', path, bodyOf?.(options, args));
    terminal.answer(request, requestText(request));
    return EXIT.done;
  });
}
