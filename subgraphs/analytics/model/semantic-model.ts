import { z } from 'zod';
import { filterInput } from '../query/filters';

export enum Aggregation {
  COUNT = 'COUNT',
  SUM = 'SUM',
  AVG = 'AVG',
  MIN = 'MIN',
  MAX = 'MAX',
  COUNT_DISTINCT = 'COUNT_DISTINCT',
  SHARE = 'SHARE',
  QUANTILE = 'QUANTILE',
}

export enum MetricUnit {
  NUMBER = 'NUMBER',
  PERCENT = 'PERCENT',
  DURATION_MINUTES = 'DURATION_MINUTES',
  DISTANCE_MILES = 'DISTANCE_MILES',
  BYTES = 'BYTES',
  CURRENCY = 'CURRENCY',
}

/** The expressions a dimension may be made of, besides the field itself. Enumerated: a definition never holds SQL. */
export enum Derivation {
  HOUR = 'HOUR',
  WEEKDAY = 'WEEKDAY',
  MONTH = 'MONTH',
  DATE = 'DATE',
}

export const definedName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/, 'a name begins with a letter and has only letters, digits and _, at most 63');

const label = z.string().trim().min(1).max(100);

export const dimensionDefinition = z.object({
  name: definedName,
  label,
  field: z.string().max(63),
  derive: z.enum(Derivation).nullable(),
});

export const metricDefinition = z.object({
  name: definedName,
  label,
  description: z.string().max(500).nullable(),
  aggregation: z.enum(Aggregation),
  field: z.string().max(63).nullable(),
  filters: z.array(filterInput).max(10),
  /** For QUANTILE: above 0, below 1, to three places. */
  quantile: z.number().min(0.001).max(0.999).multipleOf(0.001).nullable(),
  unit: z.enum(MetricUnit),
});

/** Many rows here belong to one there: `localField = targetField`, and a row without a partner keeps nulls. */
export const joinDefinition = z.object({
  name: definedName,
  datasetId: z.uuid(),
  localField: z.string().max(63),
  targetField: z.string().max(63),
});

export const modelDefinition = z.object({
  dimensions: z.array(dimensionDefinition).max(300),
  metrics: z.array(metricDefinition).max(300),
  joins: z.array(joinDefinition).max(8),
  timeField: z.string().max(63).nullable(),
});

export type DimensionDefinition = z.output<typeof dimensionDefinition>;
export type MetricDefinition = z.output<typeof metricDefinition>;
export type JoinDefinition = z.output<typeof joinDefinition>;
export type ModelDefinition = z.output<typeof modelDefinition>;

/** A definition in force. */
export interface SemanticModel extends ModelDefinition {
  version: number;
  /** Made by us from the fields, not defined by anybody: it follows the fields when they change. */
  generated: boolean;
}
