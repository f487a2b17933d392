import type { EChartsCoreOption } from 'echarts/core';
import { base, label, legend, span, timeLabel, tooltip, valueAxis, type ChartRequest } from './chart-parts';
import type { ChartTheme } from './chart-theme';
import { pivot, type Pivot, type Series } from './series';
import { tooltipHtml, type TooltipLine } from './tooltip';

const MAX_SLICES = 7;
/** More or longer categories than this read better as horizontal bars. */
const MAX_COLUMNS = 8;
const MAX_COLUMN_LABEL = 12;

/** The ECharts option for a tile. Pure: the same request gives the same chart. */
export function chartOptions(request: ChartRequest): EChartsCoreOption {
  const result = pivot(request.data, request.format);
  if (request.kind === 'PIE') return pie(request, result);
  const isTime = result.axis?.role === 'TIME';
  if (request.kind === 'BAR' && !isTime && isLong(namesOf(result))) return bars(request, result, true);
  return request.kind === 'BAR' ? bars(request, result, false) : lines(request, result, isTime);
}

const isLong = (categories: string[]): boolean =>
  categories.length > MAX_COLUMNS || categories.some((category) => category.length > MAX_COLUMN_LABEL);

/** The categories as the axis shows them, and the description for screen readers; times stay as they are for their own formatter. */
const namesOf = ({ categories, names }: Pivot): string[] => categories.map((x) => names.get(x) ?? x);

function lines(request: ChartRequest, result: Pivot, isTime: boolean): EChartsCoreOption {
  const { theme, kind, grain, format } = request;
  const stacked =
    kind === 'AREA' && result.series.length > 1 && new Set(result.series.map((s) => s.measure.name)).size === 1;
  return {
    ...frame(request, result, (x) => (isTime ? format.bucket(Number(x), grain) : String(x))),
    xAxis: {
      type: isTime ? 'time' : 'category',
      ...(isTime ? span(result.categories, grain) : { data: namesOf(result), boundaryGap: false }),
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      axisLabel: {
        ...label(theme),
        hideOverlap: true,
        showMinLabel: true,
        showMaxLabel: false,
        alignMinLabel: 'left',
        ...timeLabel(request, isTime),
      },
      splitLine: { show: false },
    },
    yAxis: valueAxis(request, result),
    series: result.series.map((series) => {
      const colour = colourOf(request, series);
      const points = stacked ? filled(series, result.categories) : series.points;
      return {
        type: 'line',
        id: series.id,
        name: series.label,
        data: points.map(({ x, y }) => (isTime ? [Date.parse(x), y] : y)),
        stack: stacked ? 'all' : undefined,
        symbol: 'circle',
        symbolSize: 5,
        showSymbol: points.length < 3,
        lineStyle: { width: 1.8, color: colour },
        itemStyle: { color: colour },
        areaStyle: kind === 'AREA' ? { color: colour, opacity: stacked ? 0.35 : 0.14 } : undefined,
        emphasis: { focus: 'none' },
      };
    }),
  };
}

function bars(request: ChartRequest, result: Pivot, horizontal: boolean): EChartsCoreOption {
  const { theme, format, grain } = request;
  const isTime = result.axis?.role === 'TIME';
  const name = (x: unknown): string => (isTime ? format.bucket(String(x), grain) : String(x));
  const categoryAxis = {
    type: 'category',
    data: namesOf(result),
    inverse: horizontal,
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: {
      ...label(theme),
      hideOverlap: true,
      formatter: name,
      ...(horizontal ? { width: 130, overflow: 'truncate' } : {}),
    },
  };
  const values = valueAxis(request, result);
  return {
    ...frame(request, result, name),
    xAxis: horizontal ? values : categoryAxis,
    yAxis: horizontal ? categoryAxis : values,
    series: result.series.map((series) => ({
      type: 'bar',
      id: series.id,
      name: series.label,
      data: filled(series, result.categories, null).map(({ y }) => y),
      barMaxWidth: 22,
      barCategoryGap: '28%',
      itemStyle: { color: colourOf(request, series), borderRadius: horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    })),
  };
}

function pie(request: ChartRequest, result: Pivot): EChartsCoreOption {
  const { theme, format } = request;
  const [series] = result.series;
  const points = [...(series?.points ?? [])].filter((point) => (point.y ?? 0) > 0);
  const largest = [...points].sort((a, b) => (b.y ?? 0) - (a.y ?? 0));
  const shown = largest.length > MAX_SLICES + 1 ? largest.slice(0, MAX_SLICES) : largest;
  const rest = largest.slice(shown.length).reduce((sum, point) => sum + (point.y ?? 0), 0);
  const slices = shown.map(({ x, y }) => ({
    name: result.names.get(x) ?? x,
    value: y,
    itemStyle: { color: paletteColour(theme, request.colours.place(`slice ${x}`)) },
  }));
  if (rest > 0) slices.push({ name: request.otherLabel, value: rest, itemStyle: { color: theme.faint } });
  return {
    ...base(theme),
    tooltip: {
      ...tooltip(theme),
      trigger: 'item',
      formatter: (item: { name: string; value: number; percent: number; color: string }) =>
        tooltipHtml(item.name, [
          {
            colour: item.color,
            name: format.percent(item.percent / 100),
            value: format.measure(item.value, series?.measure.unit),
          },
        ]),
    },
    legend: {
      ...legend(theme),
      orient: 'vertical',
      right: 8,
      top: 'middle',
      left: '60%',
      type: 'scroll',
      tooltip: { show: false },
    },
    series: [
      {
        type: 'pie',
        id: 'pie',
        radius: ['48%', '74%'],
        center: ['30%', '50%'],
        padAngle: 1,
        itemStyle: { borderRadius: 3 },
        label: { show: false },
        emphasis: { scaleSize: 3 },
        data: slices,
      },
    ],
  };
}

function frame(request: ChartRequest, result: Pivot, name: (x: unknown) => string): EChartsCoreOption {
  const { theme, format } = request;
  const many = result.series.length > 1;
  return {
    ...base(theme),
    grid: {
      left: 8,
      right: 16,
      top: many ? 34 : 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    legend: { ...legend(theme), show: many, top: 0, left: 4, right: 4, type: 'scroll' },
    tooltip: {
      ...tooltip(theme),
      trigger: 'axis',
      axisPointer: {
        type: request.kind === 'BAR' ? 'shadow' : 'line',
        lineStyle: { color: theme.faint },
        shadowStyle: { color: theme.faint, opacity: 0.08 },
      },
      formatter: (
        items: { axisValue: unknown; seriesId: string; seriesName: string; color: string; value: unknown }[],
      ) => {
        const shown: TooltipLine[] = items.map((item) => ({
          colour: item.color,
          name: item.seriesName,
          value: format.measure(
            Array.isArray(item.value) ? (item.value as unknown[])[1] : item.value,
            result.series.find((series) => series.id === item.seriesId)?.measure.unit,
          ),
        }));
        return tooltipHtml(name(items[0]?.axisValue), shown);
      },
    },
  };
}

/** One point per category, so that stacks and groups line up. A missing point of a stack counts as nothing. */
function filled(series: Series, categories: string[], missing: number | null = 0): Series['points'] {
  const byX = new Map(series.points.map((point) => [point.x, point.y]));
  return categories.map((x) => ({ x, y: byX.get(x) ?? missing }));
}

const colourOf = (request: ChartRequest, series: Series): string =>
  paletteColour(request.theme, request.colours.place(series.id));

const paletteColour = (theme: ChartTheme, place: number): string =>
  theme.palette[place % theme.palette.length] ?? theme.faint;
