import { DomainError } from '../../kernel/errors';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { DatasetField } from '../datasets/dataset';
import type { DatasetModel } from '../model/model-store';
import { Derivation, type SemanticModel } from '../model/semantic-model';
import { hint, nearNames } from './near-names';
import type { PlanColumn, PlanJoin } from './plan';

/** The queried dataset, and the datasets behind its joins by the join's name (a deleted one is missing). */
export interface QueryModel {
  base: DatasetModel;
  targets: ReadonlyMap<string, DatasetModel>;
}

export interface FoundColumn {
  label: string;
  column: PlanColumn;
}

interface Search {
  models: QueryModel;
  /** Filters may name any field; results are grouped by dimensions only. */
  fieldsToo: boolean;
  path: readonly string[];
}

const TYPE_OF: Record<Derivation, FieldType> = {
  [Derivation.HOUR]: FieldType.INTEGER,
  [Derivation.WEEKDAY]: FieldType.INTEGER,
  [Derivation.MONTH]: FieldType.INTEGER,
  [Derivation.DATE]: FieldType.DATE,
};

/** Finds `state` or `origin.state`. Throws UNKNOWN_DIMENSION with the nearest names. */
export function findColumn(name: string, search: Search): FoundColumn {
  const dot = name.indexOf('.');
  if (dot < 0) return inDataset(name, null, search.models.base, search, name);
  const joinName = name.slice(0, dot);
  const { base, targets } = search.models;
  const join = base.model.joins.find((candidate) => candidate.name === joinName);
  if (!join) throw unknown(name, namesOf(base.model, search.models), base, search);
  const target = targets.get(joinName);
  if (!target) {
    throw new DomainError(
      'UNKNOWN_DIMENSION',
      `"${name}" cannot be reached: the dataset behind the join "${joinName}" has been deleted. Define the joins of "${base.dataset.name}" anew.`,
      { field: search.path },
    );
  }
  return inDataset(name.slice(dot + 1), joinName, target, search, name);
}

function inDataset(
  name: string,
  join: string | null,
  { dataset, model }: DatasetModel,
  search: Search,
  written: string,
): FoundColumn {
  const dimension = model.dimensions.find((candidate) => candidate.name === name);
  const fieldName = dimension?.field ?? (search.fieldsToo ? name : null);
  const field = dataset.fields.find((candidate) => candidate.name === fieldName);
  if (field) {
    const derive = dimension?.derive ?? null;
    return { label: dimension?.label ?? name, column: { join, field, derive, type: typeOf(field, derive) } };
  }
  if (dimension) {
    throw new DomainError(
      'UNKNOWN_DIMENSION',
      `The dimension "${written}" is made of the field "${dimension.field}", which "${dataset.name}" no longer has. Define it anew.`,
      { field: search.path },
    );
  }
  const known = join ? model.dimensions.map((candidate) => `${join}.${candidate.name}`) : namesOf(model, search.models);
  const fields = search.fieldsToo ? dataset.fields.map((candidate) => (join ? `${join}.` : '') + candidate.name) : [];
  throw unknown(written, [...new Set([...known, ...fields])], search.models.base, search);
}

/** What a derived dimension is, given its field. */
export const typeOf = (field: DatasetField, derive: Derivation | null): FieldType =>
  derive ? TYPE_OF[derive] : field.type;

/** The join as the compiler needs it. Throws UNKNOWN_DIMENSION when one of its fields is gone. */
export function planJoin(name: string, { base, targets }: QueryModel): PlanJoin {
  const join = base.model.joins.find((candidate) => candidate.name === name)!;
  const target = targets.get(name)!.dataset;
  const local = base.dataset.fields.find((field) => field.name === join.localField);
  const remote = target.fields.find((field) => field.name === join.targetField);
  if (local && remote && local.type === remote.type) return { name, target, local, remote };
  throw new DomainError(
    'UNKNOWN_DIMENSION',
    `The join "${name}" no longer fits: "${join.localField}" or "${join.targetField}" is gone or has another type. Define the joins of "${base.dataset.name}" anew.`,
  );
}

const namesOf = (model: SemanticModel, { targets }: QueryModel): string[] => [
  ...model.dimensions.map(({ name }) => name),
  ...[...targets].flatMap(([join, target]) => target.model.dimensions.map(({ name }) => `${join}.${name}`)),
];

function unknown(name: string, known: readonly string[], { dataset }: DatasetModel, search: Search): DomainError {
  const suggestions = nearNames(name, known);
  const what = search.fieldsToo ? 'dimension or field' : 'dimension';
  return new DomainError(
    'UNKNOWN_DIMENSION',
    `The dataset "${dataset.name}" has no ${what} "${name.slice(0, 80)}".${hint(suggestions, known)}`,
    { field: search.path, suggestions },
  );
}
