import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { type RequestJson, requestText } from './request-text.ts';

/** Events of the request's state table; one that is not possible now exits with 5 and lists the ones that are. */
export function eventCommands(): Command[] {
  return [
    event<{ result: string; method?: string; assurance?: string }>(
      leaf(
        'verify-identity <id>',
        'record how the person was identified',
        'request verify-identity <id> --method account_login --assurance substantial',
      )
        .option('--result <result>', 'asked, verified or expired', 'verified')
        .option('--method <method>', 'how, for verified')
        .option('--assurance <level>', 'how sure, for verified'),
      'identity',
      ({ result, method, assurance }) => ({ result, ...(result === 'verified' && { method, assurance }) }),
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
    event<{ code: string; complaintAuthority: string }>(
      leaf(
        'refuse <id>',
        'refuse; the person must have been told of both remedies',
        'request refuse <id> --code manifestly_unfounded --complaint-authority "State commissioner"',
      )
        .requiredOption('--code <code>', 'coded reason')
        .requiredOption('--complaint-authority <name>', 'where the person may complain (Art. 12(4) GDPR)'),
      'refuse',
      ({ code, complaintAuthority }) => ({ code, complaintAuthority, judicialRemedyTold: true }),
    ),
    event<{ code: string }>(
      leaf(
        'extend <id>',
        'the person was told that it takes longer',
        'request extend <id> --code complexity',
      ).requiredOption('--code <code>', 'coded reason'),
      'extend',
      ({ code }) => ({ code }),
    ),
    event<{ reason: string }>(
      leaf('pause <id>', 'wait for the person', 'request pause <id> --reason clarification').requiredOption(
        '--reason <reason>',
        'identity or clarification',
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
    plain('resume', 'the person has answered'),
    plain('release', 'the legal hold is over'),
    plain('suspend', 'stop all work; the clock runs on'),
    plain('unsuspend', 'go on'),
    plain('withdraw', 'the person takes the request back'),
  ];
}

const plain = (name: string, description: string): Command =>
  event(leaf(`${name} <id>`, description, `request ${name} <id>`), name);

function event<Options extends object>(command: Command, name: string, bodyOf?: (options: Options) => object): Command {
  return run<Options>(command, async ({ terminal, args, options }) => {
    const path = `/v1/requests/${encodeURIComponent(args[0] ?? '')}/${name}`;
    const request = await apiClient().json<RequestJson>('POST', path, bodyOf?.(options));
    terminal.answer(request, requestText(request));
    return EXIT.done;
  });
}
