import { z } from 'zod';

export enum FilterOp {
  EQ = 'EQ',
  NE = 'NE',
  IN = 'IN',
  NOT_IN = 'NOT_IN',
  GT = 'GT',
  GTE = 'GTE',
  LT = 'LT',
  LTE = 'LTE',
  CONTAINS = 'CONTAINS',
  IS_NULL = 'IS_NULL',
  IS_NOT_NULL = 'IS_NOT_NULL',
}

/** A condition as asked for; its values are checked against the field's type when it is resolved. */
export const filterInput = z.object({
  field: z.string().max(130),
  op: z.enum(FilterOp),
  values: z
    .array(z.unknown())
    .max(1_000, 'at most 1,000 values')
    .nullish()
    .transform((values) => values ?? []),
});

export type FilterInput = z.output<typeof filterInput>;
