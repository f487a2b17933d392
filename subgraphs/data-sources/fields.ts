import { z } from 'zod';
import { FieldType } from '../kernel/graphql/shared-types';
import type { StoredField } from './dataset.entity';
import { FIELD_NAME, RESERVED_FIELD_NAMES } from './formats/column-names';
import { MAX_FIELDS } from './formats/discover';
import type { ColumnPlan } from './formats/rows';

/** A text that PostgreSQL and JSON can hold: no NUL, no half character. */
export const text = (max: number) =>
  z
    .string()
    .max(max, `at most ${max.toLocaleString('en')} characters`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'remove the NUL or the half character in it');

/** Name of a dataset: what semantic queries call it, unique in the tenant. */
export const datasetName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'begin with a small letter; then small letters, digits and _, at most 63 in all');
export const datasetLabel = text(200).trim().min(1, 'give it a label');
export const datasetDescription = text(2_000);

const fieldInput = z.object({
  name: z
    .string()
    .regex(FIELD_NAME, 'begin with a letter; then letters, digits and _, at most 63 in all')
    .refine((name) => !RESERVED_FIELD_NAMES.has(name.toLowerCase()), 'this name is the platform’s own; take another'),
  type: z.enum(FieldType),
  nullable: z
    .boolean()
    .nullish()
    .transform((value) => value ?? true),
  description: text(500)
    .nullish()
    .transform((value) => value ?? null),
  source: text(200)
    .min(1)
    .nullish()
    .transform((value) => value ?? null),
});

/** The typed schema of a dataset. Names are distinct without regard to case. */
export const fieldsInput = z
  .array(fieldInput)
  .min(1, 'declare at least one field')
  .max(MAX_FIELDS, `at most ${MAX_FIELDS} fields`)
  .superRefine((fields, issues) => {
    const seen = new Set<string>();
    fields.forEach(({ name }, index) => {
      const key = name.toLowerCase();
      if (seen.has(key))
        issues.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is there twice` });
      seen.add(key);
    });
  });

export const toColumnPlan = (fields: readonly StoredField[]): ColumnPlan[] =>
  fields.map(({ name, type, nullable, source }) => ({ name, type, nullable, source: source ?? name }));

export const toStoredFields = (plan: readonly ColumnPlan[], known: readonly StoredField[]): StoredField[] => {
  const descriptions = new Map(known.map(({ name, description }) => [name, description]));
  return plan.map((column) => ({ ...column, description: descriptions.get(column.name) ?? null }));
};
