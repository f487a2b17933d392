import type { DatasetFieldInput, DiscoverFileQuery, FieldType } from '../../gql/graphql';

export const FIELD_TYPES: readonly FieldType[] = ['STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'DATE', 'DATETIME'];

export type Discovery = DiscoverFileQuery['discoverFile'];

/** A column of the file as the reader adjusts it. */
export interface FieldDraft {
  source: string;
  name: string;
  type: FieldType;
  nullable: boolean;
  included: boolean;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

export const isName = (text: string): boolean => NAME.test(text);

/** A name that the API accepts, out of a file name: `Flights 2024.csv` becomes `flights_2024`. */
export function nameFrom(fileName: string): string {
  const stem = fileName.replace(/\.[^.]+$/, '');
  const plain = stem
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 63);
  return plain || 'dataset';
}

/** A readable label out of a file name: `Flights 2024.csv` becomes `Flights 2024`. */
export const labelFrom = (fileName: string): string =>
  fileName
    .replace(/\.[^.]+$/, '')
    .replace(/[_-]+/g, ' ')
    .trim();

export const fieldsOf = (discovery: Discovery): FieldDraft[] =>
  discovery.fields.map(({ name, type, nullable }) => ({ source: name, name, type, nullable, included: true }));

export const fieldInputs = (fields: readonly FieldDraft[]): DatasetFieldInput[] =>
  fields
    .filter((field) => field.included)
    .map(({ source, name, type, nullable }) => ({ name, type, nullable, ...(source === name ? {} : { source }) }));
