import { requestWork } from '../texts/en-request-work.ts';
import { countGroups, GROUPS } from './task-groups.ts';
import './work-bar.css';

const texts = requestWork.work;

/** How far the work at all places is, as a bar and in words. Nothing before there is work. */
export function WorkBar({
  progress,
  legend = false,
}: {
  progress: Readonly<Record<string, number>>;
  legend?: boolean;
}) {
  const counts = countGroups(progress);
  const whole = GROUPS.reduce((sum, group) => sum + counts[group], 0);
  if (whole === 0) return null;
  const groups = GROUPS.filter((group) => counts[group] > 0);
  const ended = counts.proven + counts.exception;
  return (
    <div className="work-bar">
      <span className="bar" aria-hidden="true">
        {groups.map((group) => (
          <span key={group} data-group={group} style={{ flexGrow: counts[group] }} />
        ))}
      </span>
      {legend ? (
        <ul className="work-legend">
          {groups.map((group) => (
            <li key={group} data-group={group}>
              {texts.groups[group]} <strong>{counts[group]}</strong>
            </li>
          ))}
        </ul>
      ) : (
        <span className="figures-small">
          {ended}/{whole}
          <span className="sr-only">{texts.progress(ended, whole)}</span>
        </span>
      )}
    </div>
  );
}
