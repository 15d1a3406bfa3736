import { governance } from '../../texts/en-governance.ts';
import { WINDOW_DAYS, type WindowDays } from './window-search.ts';

const texts = governance.window;

export function WindowSelect({ days, onChange }: { days: WindowDays; onChange: (days: WindowDays) => void }) {
  return (
    <label className="chip-select">
      <span>{texts.label}</span>
      <select value={days} onChange={({ target }) => onChange(WINDOW_DAYS[target.selectedIndex] ?? days)}>
        {WINDOW_DAYS.map((each) => (
          <option key={each} value={each}>
            {texts.days(each)}
          </option>
        ))}
      </select>
    </label>
  );
}
