import { FieldType } from '../../kernel/graphql/shared-types';
import type { DatasetField } from '../datasets/dataset';
import { hint, nearNames } from '../query/near-names';

export const MAX_STRING = 8_192;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Where a property goes, or why it cannot. */
type Placed = { string: string } | { number: number } | { problem: string };

const problem = (text: string): Placed => ({ problem: text });

/** ISO 8601 with a zone, milliseconds since the epoch; null when it is none. */
export function parseTime(value: unknown): number | null {
  if (typeof value !== 'string' || !DATETIME.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}

function place(type: FieldType, value: unknown): Placed {
  switch (type) {
    case FieldType.STRING:
      if (typeof value !== 'string') return problem('must be a text');
      // The columns hold well-formed texts only: half a surrogate pair becomes the replacement character.
      return value.length > MAX_STRING
        ? problem(`may have ${MAX_STRING} characters at most`)
        : { string: value.toWellFormed() };
    case FieldType.INTEGER:
      return Number.isSafeInteger(value)
        ? { number: value as number }
        : problem('must be a whole number, at most 2^53');
    case FieldType.FLOAT:
      return Number.isFinite(value) ? { number: value as number } : problem('must be a number');
    case FieldType.BOOLEAN:
      return typeof value === 'boolean' ? { number: value ? 1 : 0 } : problem('must be true or false');
    case FieldType.DATE:
      return isDate(value) ? { string: value } : problem('must be a date such as "2026-01-31"');
    case FieldType.DATETIME: {
      const time = parseTime(value);
      return time === null
        ? problem('must be a time such as "2026-01-31T12:00:00Z"')
        : { string: new Date(time).toISOString() };
    }
  }
}

/** Also a day that exists: JavaScript would take the 31st of February for the 3rd of March. */
function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

export interface PlacedProperties {
  strings: Record<string, string>;
  numbers: Record<string, number>;
}

export interface PropertyProblem {
  code: 'INVALID_INPUT' | 'UNKNOWN_FIELD';
  message: string;
}

/** Checks the properties of one event against the fields its dataset declares. The first problem is told. */
export function placeProperties(
  fields: ReadonlyMap<string, DatasetField>,
  properties: Readonly<Record<string, unknown>>,
): PlacedProperties | PropertyProblem {
  const strings: Record<string, string> = {};
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(properties)) {
    const field = fields.get(name);
    if (!field) {
      const known = [...fields.keys()];
      const message = `The dataset has no field "${name.slice(0, 100)}".${hint(nearNames(name, known), known)}`;
      return { code: 'UNKNOWN_FIELD', message };
    }
    if (value === null || value === undefined) continue;
    const placed = place(field.type, value);
    if ('problem' in placed) return { code: 'INVALID_INPUT', message: `Property "${name}" ${placed.problem}.` };
    if ('string' in placed) strings[name] = placed.string;
    else numbers[name] = placed.number;
  }
  for (const { name, nullable } of fields.values()) {
    if (nullable || Object.hasOwn(strings, name) || Object.hasOwn(numbers, name)) continue;
    return { code: 'INVALID_INPUT', message: `Property "${name}" is missing; the dataset requires it.` };
  }
  return { strings, numbers };
}
