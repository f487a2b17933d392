import type { FieldType } from '../../kernel/graphql/shared-types';
import type { Dataset, DatasetField } from '../datasets/dataset';
import type { Aggregation, Derivation, MetricUnit } from '../model/semantic-model';
import type { FilterOp } from './filters';

export enum TimeGrain {
  MINUTE = 'MINUTE',
  FIVE_MINUTES = 'FIVE_MINUTES',
  HOUR = 'HOUR',
  DAY = 'DAY',
  WEEK = 'WEEK',
  MONTH = 'MONTH',
  YEAR = 'YEAR',
}

/** A field of the queried dataset (`join` null) or of a joined one, or one of the fixed expressions of it. */
export interface PlanColumn {
  join: string | null;
  field: DatasetField;
  derive: Derivation | null;
  type: FieldType;
}

/** Values have the JavaScript type of the column: text, number, boolean; milliseconds for DATETIME, `YYYY-MM-DD` for DATE. */
export interface PlanFilter {
  column: PlanColumn;
  op: FilterOp;
  values: readonly (string | number | boolean)[];
}

export interface PlanGroup {
  name: string;
  label: string;
  column: PlanColumn;
}

export interface PlanMeasure {
  name: string;
  label: string;
  aggregation: Aggregation;
  column: PlanColumn | null;
  filters: readonly PlanFilter[];
  quantile: number | null;
  unit: MetricUnit;
  type: FieldType;
}

export interface PlanJoin {
  name: string;
  target: Dataset;
  local: DatasetField;
  remote: DatasetField;
}

/** `[from, to)` in milliseconds since 1970; null is open. */
export interface PlanRange {
  from: number | null;
  to: number | null;
}

/** A query whose every name has been found and whose every value has the right type. Only this is ever compiled. */
export interface Plan {
  tenantId: string;
  base: Dataset;
  /** Those that are used, only. */
  joins: readonly PlanJoin[];
  /** Set when a range or a grain is asked for. */
  time: PlanColumn | null;
  range: PlanRange;
  grain: TimeGrain | null;
  groups: readonly PlanGroup[];
  measures: readonly PlanMeasure[];
  filters: readonly PlanFilter[];
  /** Positions in the answer's columns: time, groups, measures. */
  order: readonly { column: number; descending: boolean }[];
  limit: number;
}
