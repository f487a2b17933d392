import type { EChartsCoreOption } from 'echarts/core';
import type { TileKind, TimeGrain } from '../../gql/graphql';
import type { Format } from '../../lib/format';
import type { ChartTheme } from './chart-theme';
import type { ColourBook, Pivot, ResultData } from './series';

export interface ChartRequest {
  kind: TileKind;
  data: ResultData;
  grain: TimeGrain | null | undefined;
  theme: ChartTheme;
  format: Format;
  colours: ColourBook;
  /** What the rest of a pie beyond its largest slices is called. */
  otherLabel: string;
}

export function valueAxis(request: ChartRequest, result: Pivot): Record<string, unknown> {
  const { theme, format } = request;
  const units = new Set(result.series.map((series) => series.measure.unit));
  const unit = units.size === 1 ? [...units][0] : undefined;
  return {
    type: 'value',
    splitNumber: 4,
    axisLabel: { ...label(theme), formatter: (value: number) => format.compact(value, unit), hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line } },
    axisLine: { show: false },
    axisTick: { show: false },
  };
}

/** Buckets of a day and longer lie on UTC midnights; a local time axis would label them with the evening before. */
export function timeLabel(request: ChartRequest, isTime: boolean): Record<string, unknown> {
  const { grain, format } = request;
  const long = grain === 'DAY' || grain === 'WEEK' || grain === 'MONTH' || grain === 'YEAR';
  return isTime && long
    ? { formatter: (value: number) => format.axisDate(value, grain) }
    : isTime
      ? { formatter: (value: number) => format.axisTime(value) }
      : {};
}

const GRAIN_MS: Partial<Record<TimeGrain, number>> = {
  MINUTE: 60_000,
  FIVE_MINUTES: 300_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 7 * 86_400_000,
  MONTH: 30 * 86_400_000,
};

/** How a time axis is laid out. Around a single moment ECharts would show two days: a stream that has just begun gets a few of its own steps instead. */
export function span(categories: readonly string[], grain: TimeGrain | null | undefined): Record<string, number> {
  const [only] = categories;
  const step = grain && GRAIN_MS[grain];
  if (!only || !step) return {};
  // Finer ticks than buckets would carry the same label several times.
  if (categories.length > 1) return { minInterval: step };
  return { minInterval: step, min: Date.parse(only) - 5 * step, max: Date.parse(only) + 5 * step };
}

export const base = (theme: ChartTheme): EChartsCoreOption => ({
  animation: false,
  textStyle: { fontFamily: theme.font },
  aria: { enabled: true },
});

export const label = (theme: ChartTheme) => ({ color: theme.faint, fontSize: 11 });

export const legend = (theme: ChartTheme) => ({
  icon: 'roundRect',
  itemWidth: 10,
  itemHeight: 10,
  itemGap: 12,
  textStyle: { color: theme.text, fontSize: 12, width: 110, overflow: 'truncate' },
  pageIconColor: theme.text,
  pageIconInactiveColor: theme.line,
  pageTextStyle: { color: theme.faint },
});

export const tooltip = (theme: ChartTheme) => ({
  backgroundColor: theme.raised,
  borderColor: theme.line,
  padding: [8, 10],
  textStyle: { color: theme.text, fontSize: 12 },
  extraCssText: 'box-shadow: var(--shadow); border-radius: 8px; max-height: 60vh; overflow: hidden;',
  confine: true,
});
