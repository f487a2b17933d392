import { useEffect, useRef, useState } from 'react';
import type { TimeGrain } from '../../gql/graphql';
import { useFormat } from '../../lib/use-format';
import { numberOf, pivot, type ResultData } from './series';

/**
 * One number, large. With a time grain it is the newest bucket, beside it the change against the one before, below it the way there.
 */
export function NumberBody({ data, grain }: { data: ResultData; grain: TimeGrain | null | undefined }) {
  const format = useFormat();
  const { axis, series } = pivot(data, format);
  const [first, ...others] = series;
  const isTime = axis?.role === 'TIME';
  const points = first?.points ?? [];
  const point = isTime ? points.at(-1) : points[0];
  const before = isTime ? points.at(-2) : undefined;
  const touched = useTouched(point?.y);
  if (!first) return <div className="px-4 text-3xl font-semibold text-text-3">–</div>;
  const headline = format.headline(point?.y ?? null, first.measure.unit);
  return (
    <div className="flex h-full min-h-0 flex-col px-4 pb-3">
      <div className="flex flex-wrap items-baseline gap-x-2.5">
        <span
          key={touched}
          data-testid="tile-value"
          data-value={point?.y ?? ''}
          title={format.measure(point?.y, first.measure.unit)}
          className={`-mx-1 rounded px-1 whitespace-nowrap ${touched ? 'touched' : ''}`}
        >
          <span className="text-[1.5rem] leading-9 font-semibold tracking-[-0.02em] tabular-nums sm:text-[1.75rem]">
            {headline.number}
          </span>
          {headline.unit && <span className="ml-1 text-[0.8125rem] text-text-2">{headline.unit}</span>}
        </span>
        {before && <Change now={point?.y} before={before.y} />}
      </div>
      <div className="truncate text-xs text-text-3">
        {isTime && point ? `${first.measure.label} · ${format.bucket(point.x, grain)}` : first.measure.label}
      </div>
      {!isTime && others.length > 0 && (
        <dl className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem]">
          {others.slice(0, 3).map((one) => (
            <div key={one.id} className="flex gap-1.5">
              <dt className="text-text-3">{one.label}</dt>
              <dd className="tabular-nums">{format.compact(one.points[0]?.y ?? null, one.measure.unit)}</dd>
            </div>
          ))}
        </dl>
      )}
      {isTime && points.length > 2 && <Sparkline values={points.map(({ y }) => y)} />}
    </div>
  );
}

function Change({ now, before }: { now: number | null | undefined; before: number | null }) {
  const format = useFormat();
  if (now === null || now === undefined || !before) return null;
  const change = (now - before) / Math.abs(before);
  if (!Number.isFinite(change)) return null;
  // Neutral colours on purpose: whether more is better depends on the measure.
  return (
    <span className="text-xs whitespace-nowrap text-text-2 tabular-nums">
      {change > 0 ? '▲' : change < 0 ? '▼' : '■'} {format.percent(Math.abs(change))}
    </span>
  );
}

const WIDTH = 200;
const HEIGHT = 40;

function Sparkline({ values }: { values: (number | null)[] }) {
  const numbers = values.map((value) => numberOf(value) ?? 0);
  const low = Math.min(...numbers);
  const span = Math.max(...numbers) - low || 1;
  const points = numbers.map((value, index) => {
    const x = (index / (numbers.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`;
  });
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="mt-auto h-[38%] max-h-14 min-h-5 w-full"
    >
      <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} fill="var(--chart-1)" opacity="0.12" />
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="var(--chart-1)"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

/** Counts the changes after the first value, to restart the highlight. */
function useTouched(value: number | null | undefined): number {
  const last = useRef(value);
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (last.current !== undefined && last.current !== value) setCount((before) => before + 1);
    last.current = value;
  }, [value]);
  return count;
}
