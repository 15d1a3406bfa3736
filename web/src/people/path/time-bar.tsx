import { Pause, Play, RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { dateTimeText } from '../../parts/date-time.tsx';
import { people } from '../../texts/en-people.ts';
import { stepMs } from './moments.ts';

const texts = people.time;

/** Runs through the moments at which the path grew. @param until place in `moments`; null for everything until now */
export function TimeBar({
  moments,
  until,
  onUntil,
}: {
  moments: readonly number[];
  until: number | null;
  onUntil: (until: number | null) => void;
}) {
  const [isPlaying, setPlaying] = useState(false);
  const last = moments.length - 1;
  useEffect(() => {
    if (!isPlaying) return;
    const at = until ?? -1;
    if (at >= last) return setPlaying(false);
    const timer = setTimeout(() => onUntil(at + 1), stepMs(moments.length));
    return () => clearTimeout(timer);
  }, [isPlaying, until, last, moments.length, onUntil]);
  if (moments.length < 2) return null;
  const label = isPlaying ? texts.pause : texts.play;
  const Icon = isPlaying ? Pause : Play;
  const said = until === null ? texts.all : dateTimeText(moments[until] ?? 0, 'seconds');
  return (
    <div className="time-bar">
      <button
        type="button"
        className="button plain"
        onClick={() => {
          if (!isPlaying && (until === null || until >= last)) onUntil(0);
          setPlaying(!isPlaying);
        }}
      >
        <Icon size={15} aria-hidden="true" />
        {label}
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={until ?? last}
        aria-label={texts.label}
        aria-valuetext={said}
        onChange={({ target }) => {
          setPlaying(false);
          onUntil(Number(target.value));
        }}
      />
      <output className="moment">{said}</output>
      <button
        type="button"
        className="icon-button"
        title={texts.back}
        aria-label={texts.back}
        disabled={until === null}
        onClick={() => {
          setPlaying(false);
          onUntil(null);
        }}
      >
        <RotateCcw size={15} aria-hidden="true" />
      </button>
    </div>
  );
}
