import { CircleAlert, CircleCheck, CircleX, ShieldAlert, ShieldCheck, ShieldX } from 'lucide-react';
import { audit } from '../texts/en-audit.ts';
import { type Check, verdictOf } from './checks.ts';
import './check-list.css';

const texts = audit.checks;
const ICONS = { holds: CircleCheck, broken: CircleX, unchecked: CircleAlert } as const;
const SHIELDS = { holds: ShieldCheck, broken: ShieldX, unproven: ShieldAlert } as const;

/** The verdict over all steps, in one line that a screen reader is told when it comes. */
export function VerdictLine({ checks }: { checks: readonly Check[] }) {
  const verdict = verdictOf(checks);
  const Icon = SHIELDS[verdict];
  return (
    <p className="verdict" data-verdict={verdict} role="status">
      <Icon size={19} aria-hidden="true" />
      {texts.verdicts[verdict]}
    </p>
  );
}

/** Each step in words: what it says when it holds, what it means when it does not, what is missing otherwise. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="check-list" aria-label={texts.label}>
      {checks.map(({ name, verdict, why }) => {
        const Icon = ICONS[verdict];
        return (
          <li key={name} data-verdict={verdict} data-check={name}>
            <Icon size={18} aria-hidden="true" />
            <div>
              <strong>{texts.names[name]}</strong> <span className="sr-only">{texts.states[verdict]}</span>
              <p>{verdict === 'unchecked' ? texts.unchecked[why ?? 'no_key'] : texts[verdict][name]}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
