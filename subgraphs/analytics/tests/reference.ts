import { durationToMs } from '../../kernel/graphql/scalars';
import { Aggregation, Derivation, type MetricDefinition } from '../model/semantic-model';
import type { DatasetModel } from '../model/model-store';
import type { QueryModel } from '../query/resolve-columns';
import type { MetricQuery } from '../query/metric-query.input';
import { windowStep } from '../query/time-range';
import type { Cell } from '../query/answer';
import type { FilterInput } from '../query/filters';

/** A row of a dataset as a person would write it: ISO texts for days and times, null for nothing. */
export type SourceRow = Readonly<Record<string, Cell>>;

/** Metric queries answered by plain loops over plain objects: what the compiler's SQL has to agree with. */
export function evaluate(
  query: MetricQuery,
  models: QueryModel,
  rowsOf: (datasetId: string) => readonly SourceRow[],
  now: Date,
): { rows: Cell[][]; truncated: boolean } {
  const value = reader(models, rowsOf);
  const timeField = models.base.model.timeField;
  const timeOf = (row: SourceRow): number | null => {
    const text = timeField === null ? null : (row[timeField] as string | null);
    return text === null || text === undefined ? null : Date.parse(text);
  };
  const chosen = rowsOf(models.base.dataset.id).filter(
    (row) =>
      inRange(query, timeOf(row), now) &&
      query.filters.every((filter) => matches(filter, value(row, filter.field))) &&
      (query.grain === null || timeOf(row) !== null),
  );

  const groups = new Map<string, { keys: Cell[]; rows: SourceRow[] }>();
  const grouped = query.grain !== null || query.dimensions.length > 0;
  if (!grouped) groups.set('', { keys: [], rows: [] });
  for (const row of chosen) {
    const time = query.grain ? [bucket(timeOf(row)!, query.grain)] : [];
    const keys = [...time, ...query.dimensions.map((name) => value(row, name))];
    const id = grouped ? JSON.stringify(keys) : '';
    const group = groups.get(id) ?? { keys, rows: [] };
    group.rows.push(row);
    groups.set(id, group);
  }
  const metrics = query.measures.map((name) => models.base.model.metrics.find((metric) => metric.name === name)!);
  const rows = [...groups.values()].map(({ keys, rows: own }) => [
    ...keys,
    ...metrics.map((metric) => aggregate(metric, own, value)),
  ]);
  rows.sort(order(query));
  return { rows: rows.slice(0, query.limit), truncated: rows.length > query.limit };
}

type Reader = (row: SourceRow, name: string) => Cell;

function reader(models: QueryModel, rowsOf: (datasetId: string) => readonly SourceRow[]): Reader {
  const own = ({ model }: DatasetModel, row: SourceRow, name: string): Cell => {
    const dimension = model.dimensions.find((candidate) => candidate.name === name);
    return derived(row[dimension?.field ?? name] ?? null, dimension?.derive ?? null);
  };
  return (row, name) => {
    const [joinName, rest] = name.split('.');
    if (rest === undefined) return own(models.base, row, name);
    const join = models.base.model.joins.find((candidate) => candidate.name === joinName)!;
    const target = models.targets.get(joinName!)!;
    const local = row[join.localField] ?? null;
    const partner = rowsOf(target.dataset.id).find((candidate) => candidate[join.targetField] === local);
    return local === null || !partner ? null : own(target, partner, rest);
  };
}

function derived(value: Cell, derive: Derivation | null): Cell {
  if (value === null || derive === null) return value;
  const at = new Date(value as string);
  if (derive === Derivation.HOUR) return at.getUTCHours();
  if (derive === Derivation.WEEKDAY) return at.getUTCDay() || 7;
  if (derive === Derivation.MONTH) return at.getUTCMonth() + 1;
  return at.toISOString().slice(0, 10);
}

function inRange({ timeRange }: MetricQuery, time: number | null, now: Date): boolean {
  if (!timeRange) return true;
  let from = timeRange.from === null ? -Infinity : Date.parse(timeRange.from);
  let to = timeRange.to === null ? Infinity : Date.parse(timeRange.to);
  if (timeRange.last !== null) {
    const length = durationToMs(timeRange.last);
    const step = windowStep(length);
    from = Math.floor((now.getTime() - length) / step) * step;
    to = (Math.floor(now.getTime() / step) + 1) * step;
  }
  if (from === -Infinity && to === Infinity) return true;
  return time !== null && time >= from && time < to;
}

/** Times compare as texts only in one form of writing. */
const comparable = (value: unknown): Cell =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : (value as Cell);

function matches({ op: given, values: wanted }: FilterInput, value: Cell): boolean {
  const op: string = given;
  const values = wanted.map(comparable);
  const first = values[0] ?? null;
  if (op === 'IS_NULL') return value === null;
  if (op === 'IS_NOT_NULL') return value !== null;
  if (op === 'NE') return value !== first;
  if (op === 'NOT_IN') return !values.includes(value);
  if (value === null || first === null) return false;
  if (op === 'EQ') return value === first;
  if (op === 'IN') return values.includes(value);
  if (op === 'CONTAINS') return String(value).toLowerCase().includes(String(first).toLowerCase());
  if (op === 'GT') return value > first;
  if (op === 'GTE') return value >= first;
  if (op === 'LT') return value < first;
  return value <= first;
}

function bucket(time: number, grain: string): string {
  const at = new Date(time);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const minutes = (length: number) => new Date(Math.floor(time / (length * 60_000)) * length * 60_000);
  const start =
    grain === 'MINUTE'
      ? minutes(1)
      : grain === 'FIVE_MINUTES'
        ? minutes(5)
        : grain === 'HOUR'
          ? minutes(60)
          : grain === 'DAY'
            ? new Date(Date.UTC(year, month, day))
            : grain === 'WEEK'
              ? new Date(Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7)))
              : grain === 'MONTH'
                ? new Date(Date.UTC(year, month, 1))
                : new Date(Date.UTC(year, 0, 1));
  return start.toISOString();
}

function aggregate(metric: MetricDefinition, rows: readonly SourceRow[], value: Reader): Cell {
  const matching = rows.filter((row) => metric.filters.every((filter) => matches(filter, value(row, filter.field))));
  if (metric.aggregation === Aggregation.SHARE) return rows.length === 0 ? null : matching.length / rows.length;
  if (metric.field === null) return matching.length;
  const values = matching.map((row) => row[metric.field!] ?? null).filter((cell) => cell !== null);
  const numbers = values as number[];
  switch (metric.aggregation) {
    case Aggregation.COUNT:
      return values.length;
    case Aggregation.COUNT_DISTINCT:
      return new Set(values).size;
    case Aggregation.SUM:
      return numbers.reduce((sum, each) => sum + each, 0);
    case Aggregation.AVG:
      return values.length === 0 ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    case Aggregation.MIN:
      return values.length === 0 ? null : values.reduce((least, each) => (each < least ? each : least));
    case Aggregation.MAX:
      return values.length === 0 ? null : values.reduce((most, each) => (each > most ? each : most));
    case Aggregation.QUANTILE: {
      if (values.length === 0) return null;
      const sorted = [...numbers].sort((a, b) => a - b);
      const at = (sorted.length - 1) * metric.quantile!;
      const low = sorted[Math.floor(at)]!;
      return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
    }
  }
}

function order(query: MetricQuery): (a: Cell[], b: Cell[]) => number {
  const columns = [...(query.grain ? ['time'] : []), ...query.dimensions, ...query.measures];
  const keys = columns.length - query.measures.length;
  const asked = query.orderBy.map(({ field, descending }) => ({ column: columns.indexOf(field), descending }));
  const usual = query.grain || keys === 0 ? [] : [{ column: keys, descending: true }];
  const all = asked.length > 0 ? asked : usual;
  const ties = Array.from({ length: keys }, (_, column) => ({ column, descending: false }));
  return (a, b) => {
    for (const { column, descending } of [...all, ...ties]) {
      const [left, right] = [a[column]!, b[column]!];
      if (left === right) continue;
      if (left === null) return 1;
      if (right === null) return -1;
      return left < right === descending ? 1 : -1;
    }
    return 0;
  };
}
