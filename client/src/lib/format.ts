import type { Derivation, FieldType, MetricUnit, TimeGrain } from '../gql/graphql';

/** Everything numbers and dates need to look native in one locale. Formatters are made once and kept. */
export class Format {
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #dates = new Map<string, Intl.DateTimeFormat>();

  constructor(readonly locale: string) {}

  integer(value: number): string {
    return this.#number({ maximumFractionDigits: 0 }).format(value);
  }

  decimal(value: number, digits = 2): string {
    return this.#number({ maximumFractionDigits: digits }).format(value);
  }

  percent(value: number): string {
    return this.#number(PERCENT).format(value);
  }

  bytes(value: number): string {
    return this.#bytes(value)
      .map((part) => part.value)
      .join('');
  }

  #bytes(value: number): Intl.NumberFormatPart[] {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    const step = value === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3));
    // "16 byte" is what the short form says.
    const style = { style: 'unit', unit: units[step] ?? 'byte', unitDisplay: step === 0 ? 'long' : 'short' } as const;
    return this.#number({ ...style, maximumFractionDigits: step > 0 ? 1 : 0 }).formatToParts(value / 1000 ** step);
  }

  /** A measure in full, for tables and tooltips: `12,345.6`, `14.2%`, `83 min`. */
  measure(value: unknown, unit: MetricUnit | null | undefined): string {
    return this.#measure(value, unit, {});
  }

  /** A measure in the least room, for axes and big numbers: `12.3K`. */
  compact(value: unknown, unit: MetricUnit | null | undefined): string {
    const large = typeof value === 'number' && Math.abs(value) >= 10_000;
    return this.#measure(value, unit, large ? { notation: 'compact', maximumFractionDigits: 1 } : {});
  }

  /**
   * A measure as the one large number of a tile: in full while it fits, so that every change can be seen, else shortened to four digits.
   * Number and unit come apart, for the unit is set smaller.
   */
  headline(value: number | null, unit: MetricUnit | null | undefined): { number: string; unit: string } {
    if (value === null) return { number: '–', unit: '' };
    const large = Math.abs(value) >= 10_000_000;
    const parts = this.#parts(value, unit, large ? { notation: 'compact', maximumSignificantDigits: 4 } : {});
    const join = (isUnit: boolean): string =>
      parts
        .map((part) => ((part.type === 'unit') === isUnit ? part.value : ''))
        .join('')
        .trim();
    return { number: join(false), unit: join(true) };
  }

  #measure(value: unknown, unit: MetricUnit | null | undefined, more: Intl.NumberFormatOptions): string {
    if (value === null || value === undefined) return '–';
    if (typeof value !== 'number') return textOf(value);
    return this.#parts(value, unit, more)
      .map((part) => part.value)
      .join('');
  }

  #parts(value: number, unit: MetricUnit | null | undefined, more: Intl.NumberFormatOptions): Intl.NumberFormatPart[] {
    const digits = Math.abs(value) >= 1_000 || Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 3 : 2;
    const base: Intl.NumberFormatOptions = { maximumFractionDigits: digits, ...more };
    switch (unit) {
      case 'PERCENT':
        return this.#number(PERCENT).formatToParts(value);
      case 'DURATION_MINUTES':
        return this.#number({ ...base, style: 'unit', unit: 'minute', unitDisplay: 'short' }).formatToParts(value);
      case 'DISTANCE_MILES':
        return this.#number({ ...base, style: 'unit', unit: 'mile', unitDisplay: 'short' }).formatToParts(value);
      case 'BYTES':
        return this.#bytes(value);
      default:
        return this.#number(base).formatToParts(value);
    }
  }

  /**
   * The value of a dimension, the same on axes, in legends and in tables. What was derived of a time is said as people do: `Mon`, `Jan`,
   * `09:00`. Other numbers stay ungrouped, for here they are names (a year, a flight's number), not amounts.
   */
  dimension(value: unknown, { type, derive }: { type: FieldType; derive: Derivation | null }): string {
    if (value === null || value === undefined || value === '') return '–';
    const part = derive && partOfTime(value, derive);
    if (part) return this.#date({ ...part.style, timeZone: 'UTC' }).format(part.time);
    if (typeof value === 'string' && type === 'DATE') return this.date(value, true);
    if (typeof value === 'string' && type === 'DATETIME') return this.dateTime(value);
    return textOf(value);
  }

  date(value: string | number, utc = false): string {
    return this.#date({ dateStyle: 'medium', ...(utc ? { timeZone: 'UTC' } : {}) }).format(toDate(value));
  }

  dateTime(value: string | number): string {
    return this.#date({ dateStyle: 'medium', timeStyle: 'short' }).format(toDate(value));
  }

  /** `12:03:11`: for "fresh as of". */
  time(value: string | number): string {
    return this.#date({ timeStyle: 'medium' }).format(toDate(value));
  }

  /** The start of a time bucket. Days and longer are buckets in UTC, and so are shown. */
  bucket(value: string | number, grain: TimeGrain | null | undefined): string {
    switch (grain) {
      case 'YEAR':
        return this.#date({ year: 'numeric', timeZone: 'UTC' }).format(toDate(value));
      case 'MONTH':
        return this.#date({ year: 'numeric', month: 'short', timeZone: 'UTC' }).format(toDate(value));
      case 'WEEK':
      case 'DAY':
        return this.#date({ dateStyle: 'medium', timeZone: 'UTC' }).format(toDate(value));
      default:
        return this.dateTime(value);
    }
  }

  /** A tick of a time axis whose buckets are days or longer: as short as it can be said. */
  axisDate(value: number, grain: TimeGrain | null | undefined): string {
    if (grain === 'YEAR') return this.#date({ year: 'numeric', timeZone: 'UTC' }).format(value);
    const date = new Date(value);
    const isYear = date.getUTCMonth() === 0 && date.getUTCDate() === 1;
    if (isYear || grain === 'MONTH')
      return this.#date({ year: 'numeric', month: 'short', timeZone: 'UTC' }).format(value);
    return this.#date({ month: 'short', day: 'numeric', timeZone: 'UTC' }).format(value);
  }

  /** A tick of a finer time axis: the time of day, and the date at midnight. */
  axisTime(value: number): string {
    const date = new Date(value);
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    return this.#date(
      midnight ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ).format(value);
  }

  /** `3 minutes ago`, to the largest unit that fits. */
  ago(value: string | number, now: number): string {
    const seconds = Math.round((toDate(value).getTime() - now) / 1000);
    const relative = new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' });
    for (const [unit, size] of AGO) {
      if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
    }
    return relative.format(0, 'second');
  }

  /** Seconds as `2 min 5 sec`, for "time left" and "took". */
  duration(seconds: number): string {
    const unit = (value: number, name: string): string =>
      this.#number({ style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 0 }).format(value);
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) return unit(whole, 'second');
    if (whole < 3600) return `${unit(Math.floor(whole / 60), 'minute')} ${unit(whole % 60, 'second')}`;
    return `${unit(Math.floor(whole / 3600), 'hour')} ${unit(Math.floor((whole % 3600) / 60), 'minute')}`;
  }

  milliseconds(value: number): string {
    const style = { style: 'unit', unit: 'millisecond', unitDisplay: 'short' } as const;
    return this.#number({ ...style, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  }

  #number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    return keep(this.#numbers, options, () => new Intl.NumberFormat(this.locale, options));
  }

  #date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return keep(this.#dates, options, () => new Intl.DateTimeFormat(this.locale, options));
  }
}

/** A moment in UTC that has this hour, weekday or month, and how to say only that; undefined for what is none (a DATE is a date already). */
function partOfTime(
  value: unknown,
  derive: Derivation,
): { time: number; style: Intl.DateTimeFormatOptions } | undefined {
  const part = PARTS[derive];
  const number = Number(value);
  if (!part || !Number.isInteger(number) || number < part.first || number > part.last) return undefined;
  return { time: part.time(number), style: part.style };
}

const PARTS: Partial<
  Record<Derivation, { first: number; last: number; time: (n: number) => number; style: Intl.DateTimeFormatOptions }>
> = {
  HOUR: {
    first: 0,
    last: 23,
    time: (hour) => Date.UTC(2024, 0, 1, hour),
    style: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  },
  // 2024 began on a Monday.
  WEEKDAY: { first: 1, last: 7, time: (day) => Date.UTC(2024, 0, day), style: { weekday: 'short' } },
  MONTH: { first: 1, last: 12, time: (month) => Date.UTC(2024, month - 1, 1), style: { month: 'short' } },
};

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 1 };

const AGO = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 5],
] as const;

const toDate = (value: string | number): Date => new Date(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function keep<T>(cache: Map<string, T>, options: object, make: () => T): T {
  const key = JSON.stringify(options);
  const kept = cache.get(key) ?? make();
  cache.set(key, kept);
  return kept;
}
