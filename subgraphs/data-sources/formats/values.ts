import { FieldType } from '../../kernel/graphql/shared-types';
import { clip, type Cell } from './rows';

/** A value that does not fit its column, and why. */
export class Refusal {
  constructor(readonly reason: string) {}
}

const INTEGER = /^[+-]?\d{1,19}$/;
const WHOLE_FLOAT = /^([+-]?\d{1,19})\.0+$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE = /^(\d{4})[-/](\d{2})[-/](\d{2})$/;
const DATETIME =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|[+-]\d{2}:?\d{2})?)?$/;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const DAY_MS = 86_400_000;
/** What ClickHouse's Date32 and DateTime64 hold. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2299;

const TRUE = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0']);

/** Reads a text (a CSV cell, a JSON string) as a value of the type. Strings stay as they are, the rest may have spaces around it. */
export function parseText(type: FieldType, text: string): Cell | Refusal {
  if (type === FieldType.STRING) return text;
  const trimmed = text.trim();
  switch (type) {
    case FieldType.INTEGER:
      return parseInteger(trimmed);
    case FieldType.FLOAT: {
      const value = FLOAT.test(trimmed) ? Number(trimmed) : NaN;
      return Number.isFinite(value) ? value : refuse(text, type);
    }
    case FieldType.BOOLEAN: {
      const word = trimmed.toLowerCase();
      return TRUE.has(word) ? true : FALSE.has(word) ? false : refuse(text, type);
    }
    case FieldType.DATE: {
      const at = epochOf(trimmed);
      return at !== null && at % DAY_MS === 0 ? dateText(at) : refuse(text, type);
    }
    case FieldType.DATETIME: {
      const at = epochOf(trimmed);
      return at !== null ? dateTimeText(at) : refuse(text, type);
    }
  }
}

/** Reads a value of JSON or Parquet as a value of the type. Objects and lists become their JSON text in a STRING column. */
export function parseValue(type: FieldType, value: unknown): Cell | Refusal {
  if (typeof value === 'string') return parseText(type, value);
  if (value instanceof Date) return parseDate(type, value);
  if (type === FieldType.STRING) return textOf(value);
  if (typeof value === 'boolean') return type === FieldType.BOOLEAN ? value : refuse(value, type);
  if (typeof value === 'bigint') return parseBigInt(type, value);
  if (typeof value === 'number') {
    if (type === FieldType.FLOAT && Number.isFinite(value)) return value;
    if (type === FieldType.INTEGER && Number.isSafeInteger(value)) return value;
    if (type === FieldType.BOOLEAN && (value === 0 || value === 1)) return value === 1;
  }
  return refuse(value, type);
}

/** The narrowest type a text fits; used to infer a schema, hence stricter than reading: `007` is a code, `yes` is a word. */
export function typeOfText(text: string): FieldType {
  const trimmed = text.trim();
  if (/^[+-]?(0|[1-9]\d*)$/.test(trimmed) && !(parseInteger(trimmed) instanceof Refusal)) return FieldType.INTEGER;
  if (
    /^[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?$/.test(trimmed) &&
    !(parseText(FieldType.FLOAT, trimmed) instanceof Refusal)
  ) {
    return FieldType.FLOAT;
  }
  if (/^(true|false)$/i.test(trimmed)) return FieldType.BOOLEAN;
  if (DATE.test(trimmed) && epochOf(trimmed) !== null) return FieldType.DATE;
  if (epochOf(trimmed) !== null) return FieldType.DATETIME;
  return FieldType.STRING;
}

/** As `typeOfText` for a value of JSON or Parquet; a JSON string of digits stays a string. */
export function typeOfValue(value: unknown): FieldType {
  switch (typeof value) {
    case 'boolean':
      return FieldType.BOOLEAN;
    case 'bigint':
      return FieldType.INTEGER;
    case 'number':
      return Number.isSafeInteger(value) ? FieldType.INTEGER : FieldType.FLOAT;
    case 'string': {
      const type = typeOfText(value);
      return type === FieldType.DATE || type === FieldType.DATETIME ? type : FieldType.STRING;
    }
    default:
      return value instanceof Date ? FieldType.DATETIME : FieldType.STRING;
  }
}

function parseInteger(text: string): Cell | Refusal {
  const digits = WHOLE_FLOAT.exec(text)?.[1] ?? text;
  if (!INTEGER.test(digits)) return refuse(text, FieldType.INTEGER);
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : parseBigInt(FieldType.INTEGER, BigInt(digits));
}

function parseBigInt(type: FieldType, value: bigint): Cell | Refusal {
  if (type === FieldType.FLOAT) return Number(value);
  if (type === FieldType.BOOLEAN && (value === 0n || value === 1n)) return value === 1n;
  if (type !== FieldType.INTEGER || value < INT64.min || value > INT64.max) return refuse(value, type);
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value.toString();
}

function parseDate(type: FieldType, value: Date): Cell | Refusal {
  const at = value.getTime();
  if (Number.isNaN(at) || !inRange(value.getUTCFullYear())) return new Refusal('the date is outside 1900 to 2299');
  if (type === FieldType.DATETIME) return dateTimeText(at);
  if (type === FieldType.DATE && at % DAY_MS === 0) return dateText(at);
  return type === FieldType.STRING ? value.toISOString() : refuse(value.toISOString(), type);
}

/** Milliseconds since 1970 of an ISO-like date or time; without an offset it is UTC. Null when it is none, or no day of the calendar. */
function epochOf(text: string): number | null {
  const match = DATETIME.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as Six;
  if (!inRange(year) || hour > 23 || minute > 59 || second > 59) return null;
  const days = Date.UTC(year, month - 1, day);
  const date = new Date(days);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const fraction = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return days + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction - offsetMs(match[8]);
}

type Six = [number, number, number, number, number, number];

function offsetMs(zone: string | undefined): number {
  if (!zone || !/^[+-]/.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

const inRange = (year: number): boolean => year >= FIRST_YEAR && year <= LAST_YEAR;
const dateText = (at: number): string => new Date(at).toISOString().slice(0, 10);
const dateTimeText = (at: number): string => new Date(at).toISOString().slice(0, 23).replace('T', ' ');

function textOf(value: unknown): string | Refusal {
  if (isPlain(value)) return String(value);
  try {
    return jsonText(value);
  } catch {
    return new Refusal('the value is nested too deeply');
  }
}

const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

const KINDS: Readonly<Record<FieldType, string>> = {
  STRING: 'a text',
  INTEGER: 'an integer',
  FLOAT: 'a number',
  BOOLEAN: 'true or false',
  DATE: 'a date such as 2026-01-31',
  DATETIME: 'a time such as 2026-01-31T12:00:00Z',
};

const isPlain = (value: unknown): value is string | number | bigint | boolean =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

const refuse = (value: unknown, type: FieldType): Refusal => {
  const text = isPlain(value) ? `"${clip(String(value), 60)}"` : Array.isArray(value) ? 'a list' : 'an object';
  return new Refusal(`${text} is not ${KINDS[type]}`);
};
