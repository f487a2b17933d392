import { FieldType } from '../../kernel/graphql/shared-types';
import type { Dataset, DatasetField } from '../datasets/dataset';
import {
  Aggregation,
  definedName,
  Derivation,
  MetricUnit,
  type DimensionDefinition,
  type MetricDefinition,
  type ModelDefinition,
} from './semantic-model';

/** Wide tables would otherwise make more metrics than anybody can read. */
const MOST_NUMERIC_FIELDS = 100;
const MOST_DIMENSIONS = 250;

/**
 * What can be asked of a dataset nobody has described yet: `count`, sum and average of each number, and each text, flag and date as a
 * dimension, with hour, weekday and month of the time field.
 */
export function defaultModel(dataset: Pick<Dataset, 'fields'>): ModelDefinition {
  const fields = dataset.fields.filter(({ name }) => definedName.safeParse(name).success);
  const timeField = timeFieldOf(fields);
  const dimensions = dimensionsOf(fields, timeField);
  const taken = new Set(dimensions.map(({ name }) => name));
  const metrics = metricsOf(fields).map((metric) => ({ ...metric, name: freeName(metric.name, taken) }));
  return { dimensions, metrics, joins: [], timeField: timeField?.name ?? null };
}

function timeFieldOf(fields: readonly DatasetField[]): DatasetField | undefined {
  return (
    fields.find(({ name, type }) => name === 'time' && type === FieldType.DATETIME) ??
    fields.find(({ type }) => type === FieldType.DATETIME) ??
    fields.find(({ type }) => type === FieldType.DATE)
  );
}

const GROUPABLE: readonly FieldType[] = [FieldType.STRING, FieldType.BOOLEAN, FieldType.DATE];
const DERIVATIONS: Partial<Record<FieldType, readonly Derivation[]>> = {
  [FieldType.DATETIME]: [Derivation.DATE, Derivation.HOUR, Derivation.WEEKDAY, Derivation.MONTH],
  [FieldType.DATE]: [Derivation.WEEKDAY, Derivation.MONTH],
};

function dimensionsOf(fields: readonly DatasetField[], timeField: DatasetField | undefined): DimensionDefinition[] {
  const plain = fields
    .filter(({ name, type }) => GROUPABLE.includes(type) && name !== 'time') // `time` is the column of the time grain
    .map(({ name }) => ({ name, label: labelOf(name), field: name, derive: null }));
  const taken = new Set(fields.map(({ name }) => name));
  const derived = (timeField ? (DERIVATIONS[timeField.type] ?? []) : [])
    .map((derive) => ({
      name: `${timeField!.name.slice(0, 50)}_${derive.toLowerCase()}`,
      label: `${labelOf(timeField!.name)} (${derive.toLowerCase()})`,
      field: timeField!.name,
      derive,
    }))
    .filter(({ name }) => !taken.has(name));
  return [...plain.slice(0, MOST_DIMENSIONS), ...derived];
}

function metricsOf(fields: readonly DatasetField[]): MetricDefinition[] {
  const numbers = fields.filter(({ type }) => type === FieldType.INTEGER || type === FieldType.FLOAT);
  return [
    metric('count', 'Count', Aggregation.COUNT, null),
    ...numbers
      .slice(0, MOST_NUMERIC_FIELDS)
      .flatMap(({ name }) => [
        metric(`sum_${name.slice(0, 58)}`, `Sum of ${labelOf(name).toLowerCase()}`, Aggregation.SUM, name),
        metric(`avg_${name.slice(0, 58)}`, `Average ${labelOf(name).toLowerCase()}`, Aggregation.AVG, name),
      ]),
  ];
}

const metric = (name: string, label: string, aggregation: Aggregation, field: string | null): MetricDefinition => ({
  name,
  label,
  description: null,
  aggregation,
  field,
  filters: [],
  quantile: null,
  unit: MetricUnit.NUMBER,
});

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name.slice(0, 58)}_${n}`;
  taken.add(free);
  return free;
}

/** `dep_delay` → `Dep delay`. */
export function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}
