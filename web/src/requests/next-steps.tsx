import { Menu } from '@base-ui/react/menu';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useSession } from '../app/session.ts';
import { Failure } from '../parts/failure.tsx';
import { requestSteps } from '../texts/en-request-steps.ts';
import { isOpen, type NextEvent, nextQuery, type Request } from './request-queries.ts';
import { StepDialog } from './step-dialog.tsx';

const texts = requestSteps.next;
type Event = NextEvent['event'];

/** Steps on the way to the end, in the order they come; every other one is offered in a menu. */
const ON_THE_WAY: readonly Event[] = ['verify_identity', 'approve', 'resume', 'release', 'unsuspend', 'acknowledge'];
const ASIDE: readonly Event[] = [
  'ask_identity',
  'plan',
  'extend',
  'pause',
  'hold',
  'suspend',
  'expire',
  'reopen',
  'refuse',
  'withdraw',
];
/** Worth saying why they cannot be done; that one cannot resume what is not paused is not. */
const TOLD: ReadonlySet<string> = new Set(['four_eyes', 'too_late_to_extend', 'paused', 'plan_changed', 'unverified']);

/** What may happen next, for this key, as the state machine says it (`GET …/next`): nothing is offered to be refused. */
export function NextSteps({ request }: { request: Request }) {
  const session = useSession();
  const next = useQuery(nextQuery(request.id));
  const [open, setOpen] = useState<Event | null>(null);
  if (next.error !== null) return <Failure error={next.error} again={() => void next.refetch()} />;
  if (!session || next.data === undefined) return <div className="skeleton line-wait" />;
  const { events, isSecondPerson } = next.data;
  const possible = new Set(
    events.filter(({ objection, mayKey }) => objection === null && mayKey).map(({ event }) => event),
  );
  const onTheWay = ON_THE_WAY.filter((event) => possible.has(event));
  const aside = ASIDE.filter((event) => possible.has(event));
  const waitsForOther = events.some(({ event, objection }) => event === 'approve' && objection?.reason === 'four_eyes');
  const blocked = events.filter(
    ({ event, objection, mayKey }) =>
      (objection !== null && TOLD.has(objection.reason)) ||
      (objection === null && !mayKey && ON_THE_WAY.includes(event)),
  );
  const first = onTheWay.find((event) => event !== 'acknowledge');
  // An open form stays, also when somebody else has ended the request meanwhile: it says why it was refused.
  if (onTheWay.length + aside.length + blocked.length === 0 && open === null) return null;
  return (
    <section className="next-steps" aria-label={texts.title}>
      {waitsForOther && (
        <p className="note" data-tone="warn">
          {texts.fourEyes}
        </p>
      )}
      <div className="step-buttons">
        {onTheWay.map((event) => (
          <button
            key={event}
            type="button"
            className={event === first ? 'button' : 'button plain'}
            onClick={() => setOpen(event)}
          >
            {texts.labels[event]}
          </button>
        ))}
        {onTheWay.length === 0 && !waitsForOther && isOpen(request.state) && (
          <span className="soft">{texts.nothing}</span>
        )}
        {aside.length > 0 && <OtherSteps events={aside} onChoose={setOpen} />}
      </div>
      {blocked.length > 0 && (
        <details className="blocked-steps">
          <summary>{texts.blocked}</summary>
          <ul>
            {blocked.map(({ event, objection, scope }) => (
              <li key={event}>
                <strong>{texts.labels[event]}</strong>: {objection?.says ?? texts.needs(scope)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {open !== null && (
        <StepDialog
          key={open}
          event={open}
          request={request}
          isSecondPerson={isSecondPerson}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );
}

const GRAVE: ReadonlySet<Event> = new Set(['refuse', 'withdraw', 'expire']);

function OtherSteps({ events, onChoose }: { events: readonly Event[]; onChoose: (event: Event) => void }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button plain">
        {texts.more}
        <ChevronDown size={15} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" sideOffset={6} align="end">
          <Menu.Popup className="menu">
            {events.map((event) => (
              <Menu.Item
                key={event}
                className="menu-item"
                data-grave={GRAVE.has(event) || undefined}
                onClick={() => onChoose(event)}
              >
                {texts.labels[event]}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
