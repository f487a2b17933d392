import { DomainError } from '../../kernel/errors';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { Dataset, DatasetField } from '../datasets/dataset';
import { measureOf } from '../query/resolve';
import { hint, nearNames } from '../query/near-names';
import { Aggregation, Derivation, type MetricDefinition, type ModelDefinition } from './semantic-model';

export interface Issue {
  field: string[];
  message: string;
}

const { STRING, INTEGER, FLOAT, BOOLEAN, DATE, DATETIME } = FieldType;

const DERIVABLE: Record<Derivation, readonly FieldType[]> = {
  [Derivation.HOUR]: [DATETIME],
  [Derivation.DATE]: [DATETIME],
  [Derivation.WEEKDAY]: [DATE, DATETIME],
  [Derivation.MONTH]: [DATE, DATETIME],
};

const ANY = [STRING, INTEGER, FLOAT, BOOLEAN, DATE, DATETIME];
const NUMBERS = [INTEGER, FLOAT];
/** Types of the field of an aggregation; one that needs none and takes none has no entry. */
const AGGREGABLE: Partial<Record<Aggregation, readonly FieldType[]>> = {
  [Aggregation.COUNT]: ANY,
  [Aggregation.COUNT_DISTINCT]: ANY,
  [Aggregation.SUM]: NUMBERS,
  [Aggregation.AVG]: NUMBERS,
  [Aggregation.QUANTILE]: NUMBERS,
  [Aggregation.MIN]: [STRING, INTEGER, FLOAT, DATE, DATETIME],
  [Aggregation.MAX]: [STRING, INTEGER, FLOAT, DATE, DATETIME],
};

/**
 * Everything that is wrong with a definition, each with the path of the input; empty when it can be queried as a whole.
 *
 * @param targets the datasets that joins may reach, by id.
 */
export function modelIssues(
  definition: ModelDefinition,
  dataset: Dataset,
  targets: ReadonlyMap<string, Dataset>,
): Issue[] {
  const issues: Issue[] = [];
  const report = (field: (string | number)[], message: string) => issues.push({ field: field.map(String), message });
  const fieldOf = (of: Dataset, name: string, path: (string | number)[]): DatasetField | undefined => {
    const field = of.fields.find((candidate) => candidate.name === name);
    const names = of.fields.map((candidate) => candidate.name);
    if (!field) report(path, `"${of.name}" has no field "${name.slice(0, 63)}".${hint(nearNames(name, names), names)}`);
    return field;
  };

  reportRepeated([...definition.dimensions, ...definition.metrics], definition.dimensions.length, report);
  definition.dimensions.forEach(({ field: name, derive }, index) => {
    const field = fieldOf(dataset, name, ['dimensions', index, 'field']);
    if (field && derive && !DERIVABLE[derive].includes(field.type)) {
      report(['dimensions', index, 'derive'], `${derive} cannot be made of "${name}", which is ${field.type}`);
    }
  });
  definition.metrics.forEach((metric, index) => {
    const field = metric.field === null ? null : fieldOf(dataset, metric.field, ['metrics', index, 'field']);
    if (field === undefined) return;
    for (const [part, message] of metricIssues(metric, field)) report(['metrics', index, part], message);
    reportFilters(metric, index, definition, dataset, report);
  });
  definition.joins.forEach((join, index) => {
    const at = (part: string) => ['joins', index, part];
    if (definition.joins.findIndex(({ name }) => name === join.name) < index) report(at('name'), 'each name once');
    const local = fieldOf(dataset, join.localField, at('localField'));
    const target = targets.get(join.datasetId);
    if (!target) return report(at('dataset'), `there is no dataset "${join.datasetId}" here`);
    if (target.kind === 'EVENTS') return report(at('dataset'), 'join imported datasets only, not events');
    const remote = fieldOf(target, join.targetField, at('targetField'));
    if (!local || !remote) return undefined;
    if (local.type === FLOAT) return report(at('localField'), 'do not join by a fractional number');
    if (local.type === remote.type) return undefined;
    return report(at('targetField'), `is ${remote.type}, but "${local.name}" is ${local.type}: both must be the same`);
  });
  if (definition.timeField !== null) {
    const field = fieldOf(dataset, definition.timeField, ['timeField']);
    if (field && field.type !== DATE && field.type !== DATETIME) {
      report(['timeField'], `"${field.name}" is ${field.type}; the time field must be DATE or DATETIME`);
    }
  }
  return issues;
}

type Report = (field: (string | number)[], message: string) => void;

function reportRepeated(named: readonly { name: string }[], dimensions: number, report: Report): void {
  named.forEach(({ name }, index) => {
    const path = index < dimensions ? ['dimensions', index, 'name'] : ['metrics', index - dimensions, 'name'];
    if (named.findIndex((other) => other.name === name) < index) {
      report(path, `"${name}" is taken: dimensions and metrics share their names`);
    }
    if (name === 'time') report(path, '"time" is the column of the time grain; take another name');
  });
}

function* metricIssues(metric: MetricDefinition, field: DatasetField | null): Generator<[string, string]> {
  const { aggregation, quantile, filters } = metric;
  const types = AGGREGABLE[aggregation];
  if (field && !types) yield ['field', `${aggregation} takes no field, only filters`];
  else if (!field && types && aggregation !== Aggregation.COUNT) yield ['field', `${aggregation} needs a field`];
  else if (field && !types!.includes(field.type)) {
    yield ['field', `${aggregation} cannot be made of "${field.name}", which is ${field.type}`];
  }
  if (aggregation === Aggregation.SHARE && filters.length === 0)
    yield ['filters', 'SHARE needs a filter: the share of what?'];
  if ((aggregation === Aggregation.QUANTILE) !== (quantile !== null)) {
    yield ['quantile', aggregation === Aggregation.QUANTILE ? 'say which, e.g. 0.95' : 'is for QUANTILE only'];
  }
}

/** Filters are checked by the very code that will compile them. */
function reportFilters(
  metric: MetricDefinition,
  index: number,
  definition: ModelDefinition,
  dataset: Dataset,
  report: Report,
): void {
  const base = { dataset, model: { ...definition, version: 0, generated: false } };
  try {
    measureOf(metric, { base, targets: new Map() }, ['metrics', String(index)]);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    report([...(error.details.field ?? [])], error.message);
  }
}
