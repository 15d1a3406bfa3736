import { dayText } from '../parts/date-time.tsx';
import { DaysLeft } from '../parts/days-left.tsx';
import { requestPage } from '../texts/en-request-page.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { todayAt } from './list-search.ts';
import { isOpen, type Request } from './request-queries.ts';

const texts = requestPage.clock;
const reasons: Readonly<Record<string, string>> = requestSteps.extend.codes;

/** When the answer is due, and everything that moved that day: what paused it, what extended it, which rule rolled it. */
export function ClockPanel({ request }: { request: Request }) {
  const { clock, acknowledgedOn } = request;
  const open = isOpen(request.state);
  return (
    <section className="card panel" aria-labelledby="clock">
      <h2 id="clock">{texts.title}</h2>
      {open ? (
        <p className="due">
          <span className="soft">{texts.due}</span>
          <DaysLeft due={clock.due} paused={clock.paused} />
        </p>
      ) : (
        <p>
          {texts.ended} <span className="soft">{texts.end(dayText(clock.due))}.</span>
        </p>
      )}
      <ul className="facts-list">
        {clock.dueRaw !== clock.due && <li>{texts.rolled(dayText(clock.dueRaw))}</li>}
        <li>
          {texts.received}: {dayText(clock.receivedOn)}
        </li>
        {clock.pauses.map((pause) => (
          <li key={`${pause.from}${pause.to}`} data-tone={pause.to === null ? 'warn' : undefined}>
            {texts.pause[pause.reason](dayText(pause.from), pause.to === null ? null : dayText(pause.to))}
          </li>
        ))}
        {clock.pausedDays > 0 && <li>{texts.pausedDays(clock.pausedDays)}</li>}
        {clock.pauses.length > 0 && !pausesCount(request) && <li>{texts.pausesIdle}</li>}
        {clock.extension !== null && (
          <li>
            {texts.extension(
              dayText(clock.extension.notifiedOn),
              reasons[clock.extension.reason] ?? clock.extension.reason,
            )}
          </li>
        )}
        {open && clock.extension === null && <li>{extendable(clock.extendBy, todayAt(new Date()))}</li>}
        {clock.acknowledgeBy !== null && acknowledgedOn === null && open && (
          <li data-tone="warn">
            {texts.acknowledgeBy} {dayText(clock.acknowledgeBy)}
          </li>
        )}
        {acknowledgedOn !== null && <li>{texts.acknowledged(dayText(acknowledgedOn))}</li>}
      </ul>
    </section>
  );
}

/** CCPA, LGPD and HIPAA know no pause (research of the deadline rules: core/src/request/deadline.ts). */
const pausesCount = ({ regime }: Request) => regime === 'gdpr' || regime === 'uk';

function extendable(extendBy: string | null, today: string): string {
  if (extendBy === null) return texts.noExtension;
  return today <= extendBy ? texts.extendBy(dayText(extendBy)) : texts.extendOver(dayText(extendBy));
}
