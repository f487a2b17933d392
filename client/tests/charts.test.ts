import { chartOptions } from '../src/features/charts/chart-options';
import type { ChartRequest } from '../src/features/charts/chart-parts';
import type { ChartTheme } from '../src/features/charts/chart-theme';
import { ColourBook, numberOf, pivot, type ResultData } from '../src/features/charts/series';
import { tooltipHtml } from '../src/features/charts/tooltip';
import type { Column } from '../src/features/live/live-reducer';
import { Format } from '../src/lib/format';

const column = (name: string, role: Column['role'], unit: Column['unit'] = null): Column => ({
  name,
  label: name.toUpperCase(),
  role,
  type: role === 'TIME' ? 'DATETIME' : role === 'MEASURE' ? 'FLOAT' : 'STRING',
  unit,
  derive: null,
});

const derived = (name: string, derive: NonNullable<Column['derive']>): Column => ({
  ...column(name, 'DIMENSION'),
  type: derive === 'DATE' ? 'DATE' : 'INTEGER',
  derive,
});

const result = (columns: Column[], ...rows: unknown[][]): ResultData => ({
  columns,
  rows: rows.map((values, index) => ({ key: String(index), values })),
});

const theme: ChartTheme = {
  palette: ['p1', 'p2', 'p3'],
  text: 'text',
  faint: 'faint',
  line: 'line',
  surface: 'surface',
  raised: 'raised',
  font: 'sans',
};

const request = (kind: ChartRequest['kind'], data: ResultData, colours = new ColourBook()): ChartRequest => ({
  kind,
  data,
  grain: 'DAY',
  theme,
  format: new Format('en-US'),
  colours,
  otherLabel: 'Other',
});

interface Drawn {
  xAxis: { type: string };
  series: { type: string; name: string; data: unknown[]; stack?: string; itemStyle: { color: string } }[];
}

const draw = (one: ChartRequest): Drawn => chartOptions(one) as unknown as Drawn;

const DAY_1 = '2024-01-01T00:00:00Z';
const DAY_2 = '2024-01-02T00:00:00Z';
const byTimeAndCarrier = result(
  [column('time', 'TIME'), column('carrier', 'DIMENSION'), column('flights', 'MEASURE')],
  [DAY_2, 'AA', 3],
  [DAY_1, 'AA', 1],
  [DAY_1, 'UA', 2],
);

describe('series', () => {
  it('are split by the dimensions beside time, each in time order', () => {
    const { series, categories, axis } = pivot(byTimeAndCarrier, new Format('en-US'));
    expect(axis?.name).toBe('time');
    expect(categories).toEqual([DAY_1, DAY_2]);
    expect(series.map((one) => [one.label, one.points.map((point) => point.y)])).toEqual([
      ['AA', [1, 3]],
      ['UA', [2]],
    ]);
  });

  it('name the measure too when there are several', () => {
    const data = result(
      [column('carrier', 'DIMENSION'), column('state', 'DIMENSION'), column('a', 'MEASURE'), column('b', 'MEASURE')],
      ['AA', 'TX', 1, 2],
    );
    expect(pivot(data, new Format('en-US')).series.map((one) => one.label)).toEqual(['TX · A', 'TX · B']);
  });

  it('take numbers that came as text, and leave out what is none', () => {
    expect([numberOf('12.5'), numberOf(''), numberOf(null), numberOf('x'), numberOf(Infinity)]).toEqual([
      12.5,
      null,
      null,
      null,
      null,
    ]);
  });

  it('keep their colour when the order changes', () => {
    const colours = new ColourBook();
    const columns = [column('carrier', 'DIMENSION'), column('state', 'DIMENSION'), column('n', 'MEASURE')];
    const before = draw(request('LINE', result(columns, ['AA', 'TX', 1], ['AA', 'CA', 2]), colours));
    const after = draw(request('LINE', result(columns, ['AA', 'CA', 5], ['AA', 'TX', 1]), colours));
    const colourOf = (drawn: Drawn, name: string) => drawn.series.find((one) => one.name === name)?.itemStyle.color;
    expect(colourOf(after, 'CA')).toBe(colourOf(before, 'CA'));
    expect(colourOf(after, 'TX')).toBe(colourOf(before, 'TX'));
    expect(colourOf(after, 'CA')).not.toBe(colourOf(after, 'TX'));
  });
});

describe('charts', () => {
  it('draw time on a time axis', () => {
    const drawn = draw(request('LINE', byTimeAndCarrier));
    expect(drawn.xAxis.type).toBe('time');
    expect(drawn.series[0]?.data).toEqual([
      [Date.parse(DAY_1), 1],
      [Date.parse(DAY_2), 3],
    ]);
  });

  it('show a few steps around the only moment of a stream that has just begun', () => {
    const data = result([column('time', 'TIME'), column('n', 'MEASURE')], [DAY_2, 1]);
    const { xAxis } = chartOptions(request('LINE', data)) as unknown as { xAxis: { min: number; max: number } };
    expect((xAxis.max - xAxis.min) / 86_400_000).toBe(10);
  });

  it('stack areas of one measure and fill the gaps with nothing', () => {
    const drawn = draw(request('AREA', byTimeAndCarrier));
    expect(drawn.series.map((one) => one.stack)).toEqual(['all', 'all']);
    expect(drawn.series[1]?.data).toEqual([
      [Date.parse(DAY_1), 2],
      [Date.parse(DAY_2), 0],
    ]);
  });

  it('lay bars down when there are many or long names', () => {
    const columns = [column('airport', 'DIMENSION'), column('n', 'MEASURE')];
    const few = draw(request('BAR', result(columns, ['ATL', 1], ['ORD', 2])));
    const long = draw(request('BAR', result(columns, ['Hartsfield-Jackson Atlanta', 1])));
    expect([few.xAxis.type, long.xAxis.type]).toEqual(['category', 'value']);
  });

  it('gather the small slices of a pie, without losing a row', () => {
    const columns = [column('airport', 'DIMENSION'), column('n', 'MEASURE')];
    const rows = Array.from({ length: 20 }, (_, index) => [`A${index}`, index + 1]);
    const slices = draw(request('PIE', result(columns, ...rows))).series[0]?.data as { name: string; value: number }[];
    expect(slices).toHaveLength(8);
    expect(slices.at(-1)?.name).toBe('Other');
    expect(slices.reduce((sum, slice) => sum + slice.value, 0)).toBe(210);
  });

  it('escape names in tooltips, which come from users', () => {
    const html = tooltipHtml('<img src=x onerror=alert(1)>', [{ colour: 'red"', name: '<script>', value: "'1'" }]);
    expect(html).not.toMatch(/<img|<script|red"/);
  });
});

describe('what was derived of a time', () => {
  const weekdays = result(
    [derived('weekday', 'WEEKDAY'), derived('hour', 'HOUR'), column('n', 'MEASURE')],
    [1, 9, 10],
    [7, 9, 20],
    [null, 9, 5],
  );

  it.each([
    ['en-US', ['Mon', 'Sun', '–']],
    ['zh-CN', ['周一', '周日', '–']],
  ])('is named on axes, in legends and slices: %s', (locale, names) => {
    const drawnIn = (kind: ChartRequest['kind']) =>
      chartOptions({ ...request(kind, weekdays), format: new Format(locale) }) as unknown as Drawn & {
        xAxis: { data: string[] };
      };
    for (const kind of ['BAR', 'LINE'] as const) {
      expect(drawnIn(kind).xAxis.data).toEqual(names);
      expect(drawnIn(kind).series.map((one) => one.name)).toEqual(['09:00']);
    }
    const slices = drawnIn('PIE').series[0]?.data as { name: string }[];
    expect(slices.map((slice) => slice.name)).toEqual([names[1], names[0], names[2]]);
  });

  it('heads the tooltip by its name', () => {
    const { tooltip, xAxis } = chartOptions(request('BAR', weekdays)) as unknown as {
      xAxis: { data: string[] };
      tooltip: { formatter: (items: unknown[]) => string };
    };
    const item = { axisValue: xAxis.data[0], seriesId: '', seriesName: '09:00', color: 'p1', value: 10 };
    expect(tooltip.formatter([item])).toMatch(/>Mon<.*>09:00<.*>10</);
  });

  it('keeps ids and colours in another language', () => {
    const colours = new ColourBook();
    const coloursIn = (locale: string) =>
      (
        draw({ ...request('PIE', weekdays, colours), format: new Format(locale) }).series[0]?.data as {
          itemStyle: { color: string };
        }[]
      ).map((slice) => slice.itemStyle.color);
    expect(coloursIn('zh-CN')).toEqual(coloursIn('en-US'));
    const ids = (locale: string) => pivot(weekdays, new Format(locale)).series.map((one) => one.id);
    expect(ids('zh-CN')).toEqual(ids('en-US'));
  });
});

describe('numbers and dates', () => {
  const english = new Format('en-US');
  const chinese = new Format('zh-CN');

  it('are written as the locale does', () => {
    expect(english.measure(1234567, 'NUMBER')).toBe('1,234,567');
    expect(english.measure(0.1425, 'PERCENT')).toBe('14.3%');
    expect(english.measure(8.256, 'DURATION_MINUTES')).toBe('8.26 min');
    expect(chinese.measure(8, 'DURATION_MINUTES')).toMatch(/^8\s?分钟$/);
    expect(chinese.compact(300_000, 'NUMBER')).toBe('30万');
    expect(english.bytes(72_000_000)).toBe('72 MB');
    expect(english.bytes(0)).toBe('0 bytes');
    expect(english.measure(null, 'NUMBER')).toBe('–');
  });

  it('show a headline in full while it fits, unit apart', () => {
    expect(english.headline(2_999_993, 'NUMBER')).toEqual({ number: '2,999,993', unit: '' });
    expect(english.headline(1_713_000_000, 'DISTANCE_MILES')).toEqual({ number: '1.713B', unit: 'mi' });
    expect(english.headline(0.5, 'PERCENT')).toEqual({ number: '50%', unit: '' });
    expect(english.headline(null, 'NUMBER')).toEqual({ number: '–', unit: '' });
  });

  it('name buckets of a day and longer in UTC, wherever the reader is', () => {
    expect(english.bucket(DAY_1, 'DAY')).toBe('Jan 1, 2024');
    expect(english.bucket(DAY_1, 'MONTH')).toBe('Jan 2024');
    expect(english.bucket(DAY_1, 'YEAR')).toBe('2024');
  });

  it.each([
    ['WEEKDAY', 1, 'Mon', '周一'],
    ['WEEKDAY', 7, 'Sun', '周日'],
    ['MONTH', 1, 'Jan', '1月'],
    ['MONTH', 12, 'Dec', '12月'],
    ['HOUR', 0, '00:00', '00:00'],
    ['HOUR', '9', '09:00', '09:00'],
    ['HOUR', 23, '23:00', '23:00'],
    ['DATE', '2024-03-01', 'Mar 1, 2024', '2024年3月1日'],
    // What is out of range is shown, not made up.
    ['WEEKDAY', 0, '0', '0'],
    ['WEEKDAY', 8, '8', '8'],
    ['MONTH', 13, '13', '13'],
    ['HOUR', 24, '24', '24'],
    ['HOUR', null, '–', '–'],
    ['WEEKDAY', '', '–', '–'],
  ] as const)('name %s %p', (derive, value, inEnglish, inChinese) => {
    const made = derived('d', derive);
    expect([english.dimension(value, made), chinese.dimension(value, made)]).toEqual([inEnglish, inChinese]);
  });

  it('leave a dimension that is a number alone', () => {
    expect(english.dimension(2008, { type: 'INTEGER', derive: null })).toBe('2008');
    expect(english.dimension(1, { type: 'INTEGER', derive: null })).toBe('1');
    expect(english.dimension('1', { type: 'STRING', derive: null })).toBe('1');
  });

  it('say how long ago and how long', () => {
    const now = Date.parse(DAY_2);
    expect(english.ago(DAY_1, now)).toBe('yesterday');
    expect(english.ago(now - 180_000, now)).toBe('3 minutes ago');
    expect(english.duration(125)).toBe('2 min 5 sec');
    expect(english.duration(3_700)).toBe('1 hr 1 min');
  });
});
