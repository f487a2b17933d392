import { FieldType } from '../../kernel/graphql/shared-types';
import { Aggregation } from '../model/semantic-model';
import { bucketOf, condition, output, valueOf, type ReadField } from './expressions';
import { TimeGrain, type Plan, type PlanColumn, type PlanMeasure } from './plan';
import type { SelectParts } from './select';
import type { Params } from './sql-parts';

const WINDOW_MS = 300_000;

/**
 * Whether an answer can be merged from the 5-minute windows of aggregate states that ingest keeps: events only, intervals made of whole
 * windows, groups and filters that are the same for all events of a window, and measures that merge.
 */
export function windowsFit(plan: Plan): boolean {
  const { base, joins, range, grain, time, groups, filters, measures } = plan;
  if (base.kind !== 'EVENTS' || joins.length > 0 || grain === TimeGrain.MINUTE) return false;
  if (time && time.field.name !== 'time') return false;
  if (![range.from, range.to].every((at) => at === null || at % WINDOW_MS === 0)) return false;
  const columns = [...groups, ...filters, ...measures.flatMap((measure) => measure.filters)];
  return columns.every(({ column }) => sameInWindow(column)) && measures.every(merges);
}

/** Windows are kept by name of the event; hour, weekday, month and date are the same for all of five minutes. */
const sameInWindow = ({ field, derive }: PlanColumn): boolean =>
  field.name === 'name' || (field.name === 'time' && derive !== null);

function merges({ aggregation, column }: PlanMeasure): boolean {
  const numeric = column?.type === FieldType.INTEGER || column?.type === FieldType.FLOAT;
  switch (aggregation) {
    case Aggregation.COUNT:
      return column === null || numeric || column.field.name === 'name' || column.field.name === 'time';
    case Aggregation.SUM:
    case Aggregation.AVG:
    case Aggregation.MIN:
    case Aggregation.MAX:
      return numeric;
    case Aggregation.SHARE:
      return true;
    case Aggregation.COUNT_DISTINCT:
    case Aggregation.QUANTILE:
      return false;
  }
}

/** The parts of a SELECT over the windows; only for plans that fit. */
export function windowParts(plan: Plan, params: Params): SelectParts {
  const read: ReadField = ({ field }) => (field.name === 'name' ? 'w.name' : 'w.start');
  const states = new WindowStates(params);
  const measures = plan.measures.map((measure) => mergeSql(measure, states, read, params));
  const bound = (operator: string, at: number | null): string[] =>
    at === null ? [] : [`w.start ${operator} fromUnixTimestamp64Milli(${params.add(at, 'Int64')}, 'UTC')`];
  return {
    from: '`events`.`windows` AS w',
    where: [
      `w.tenant_id = ${params.add(plan.tenantId, 'UUID')}`,
      `w.dataset_id = ${params.add(plan.base.id, 'UUID')}`,
      `w.field IN ${params.add(states.fields, 'Array(String)')}`,
      ...bound('>=', plan.range.from),
      ...bound('<', plan.range.to),
      ...plan.filters.map((filter) => condition(filter, read, params)),
    ],
    time: plan.grain ? bucketOf('w.start', FieldType.DATETIME, plan.grain) : null,
    groups: plan.groups.map(({ column }) => output(valueOf(column, read), column.type)),
    measures,
  };
}

/** States of a property are in rows of their own; those of the events themselves are under the empty name, and tell which groups there are. */
class WindowStates {
  readonly fields = [''];

  constructor(private readonly params: Params) {}

  conditionOf(column: PlanColumn | null): string {
    const name = column?.field.name;
    if (name === undefined || name === 'name' || name === 'time') return `w.field = ''`;
    if (!this.fields.includes(name)) this.fields.push(name);
    return `w.field = ${this.params.add(name, 'String')}`;
  }
}

function mergeSql(
  { aggregation, column, filters }: PlanMeasure,
  states: WindowStates,
  read: ReadField,
  params: Params,
): string {
  const own = states.conditionOf(column);
  const where = [own, ...filters.map((filter) => condition(filter, read, params))].join(' AND ');
  const count = `countMergeIf(w.events, ${where})`;
  const orNull = (merged: string): string => `if(${count} = 0, NULL, ${merged})`;
  switch (aggregation) {
    case Aggregation.SUM:
      return `sumMergeIf(w.total, ${where})`;
    case Aggregation.AVG:
      return orNull(`sumMergeIf(w.total, ${where}) / ${count}`);
    case Aggregation.MIN:
      return orNull(`minMergeIf(w.least, ${where})`);
    case Aggregation.MAX:
      return orNull(`maxMergeIf(w.most, ${where})`);
    case Aggregation.SHARE: {
      const all = `countMergeIf(w.events, ${own})`;
      return `if(${all} = 0, NULL, ${count} / ${all})`;
    }
    default:
      return count;
  }
}
