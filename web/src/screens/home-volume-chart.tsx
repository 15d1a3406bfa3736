import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useDarkness } from '../people/path/use-darkness.ts';
import { home } from '../texts/en-home.ts';
import type { Bucket } from './home-queries.ts';

interface Point {
  /** RFC 3339. */
  readonly at: string;
  readonly spans: number;
}

const HEIGHT_PX = 180;
/** Share of its slot that a bar fills. */
const BAR_WIDTH = 0.7;
const BAR_PX_MAX = 36;

/** Spans over time as bars. The curve is for the eye; `summary` and the table below it are for everybody. */
export function VolumeChart({
  points,
  bucket,
  summary,
}: {
  points: readonly Point[];
  bucket: Bucket;
  summary: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const isDark = useDarkness();
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, which another theme changes
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const chart = draw(current, points, bucket);
    const observer = new ResizeObserver(() => chart.setSize({ width: current.clientWidth, height: HEIGHT_PX }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [points, bucket, isDark]);
  return (
    <>
      <div ref={place} className="volume-chart" role="img" aria-label={summary} />
      <table className="sr-only">
        <thead>
          <tr>
            <th scope="col">{home.volume.table.at}</th>
            <th scope="col">{home.volume.table.spans}</th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ at, spans }) => (
            <tr key={at}>
              <td>{label(at, bucket)}</td>
              <td>{spans}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const DAYS = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const HOURS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const label = (at: string | number, bucket: Bucket) => (bucket === 'day' ? DAYS : HOURS).format(new Date(at));

/** A bar for each point, in the order they come: days and hours are equally far apart, so no scale of time is needed. */
function draw(into: HTMLElement, points: readonly Point[], bucket: Bucket): uPlot {
  const ink = getComputedStyle(into).color;
  const bar = colourOf(into, 'volume-bar');
  const line = colourOf(into, 'volume-line');
  const bars = uPlot.paths.bars?.({ size: [BAR_WIDTH, BAR_PX_MAX], radius: 0.15 });
  const axis = { stroke: ink, font: `12px ${getComputedStyle(into).fontFamily}`, ticks: { show: false } };
  return new uPlot(
    {
      width: into.clientWidth,
      height: HEIGHT_PX,
      padding: [8, 8, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false, range: [-0.6, points.length - 0.4] },
        y: { range: (_chart, _least, most) => [0, Math.max(4, most * 1.1)] },
      },
      axes: [
        {
          ...axis,
          size: 30,
          grid: { show: false },
          splits: () => everySecond(points.length),
          values: (_chart, splits) => splits.map((i) => label(points[i]?.at ?? 0, bucket)),
        },
        {
          ...axis,
          size: 56,
          grid: { stroke: line, width: 1 },
          values: (_chart, splits) => splits.map((spans) => (Number.isInteger(spans) ? compact.format(spans) : '')),
        },
      ],
      series: [
        {},
        {
          fill: bar,
          width: 0,
          points: { show: false },
          ...(bars && { paths: bars }),
        },
      ],
    },
    [points.map((_, i) => i), points.map(({ spans }) => spans)],
    into,
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const LABELS_MAX = 8;

function everySecond(count: number): number[] {
  const step = Math.ceil(count / LABELS_MAX);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => count - 1 - i * step).toReversed();
}

/** A canvas knows no custom properties: an element that wears the class says what the colour is now. */
function colourOf(into: HTMLElement, className: string): string {
  const probe = document.createElement('span');
  probe.className = className;
  into.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
