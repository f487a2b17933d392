import { bomLength } from './csv-dialect';
import { locate, missingColumns } from './column-names';
import { lineFeed, LineSplitter } from './csv-records';
import { FieldType } from '../../kernel/graphql/shared-types';
import { emptyFile } from './import-failure';
import { JsonArraySplitter } from './json-records';
import { missing, toChunk, type RowOutcome } from './row-reader';
import { parseValue, Refusal } from './values';
import type { Cell, ColumnPlan, FileSource, RecordSplitter, RowChunk } from './rows';

export type JsonFormat = 'JSON' | 'NDJSON';

export const jsonSplitter = (format: JsonFormat): RecordSplitter =>
  format === 'JSON' ? new JsonArraySplitter() : new LineSplitter({ terminator: lineFeed, delimiter: null });

/** Reads a JSON array of objects, or one object per line. A key that is not there is null. */
export async function* readJson(
  source: FileSource,
  format: JsonFormat,
  plan: readonly ColumnPlan[],
  sample: Buffer,
): AsyncGenerator<RowChunk> {
  const splitter = jsonSplitter(format);
  const start = bomLength(sample);
  const read = rowOf(plan);
  let rows = 0;
  const stream = await source.open({ start, end: source.size });
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    const chunk = toChunk(splitter.push(bytes).filter(notBlank), bytes.length, read);
    rows += chunk.read;
    yield chunk;
  }
  const last = toChunk(splitter.end().filter(notBlank), start, read);
  if (rows + last.read === 0) throw emptyFile();
  yield last;
}

export const notBlank = ({ bytes, fault }: { bytes: Buffer; fault?: string }): boolean =>
  fault !== undefined || bytes.length > 64 || bytes.toString('latin1').trim() !== '';

/** The object in a row's text. Integers that a JavaScript number would round are kept exact, as bigint. */
export function parseObject(text: string): Record<string, unknown> | Refusal {
  try {
    const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return new Refusal('the row is not a JSON object');
  } catch (error) {
    return new Refusal(`the row is not valid JSON: ${(error as Error).message.slice(0, 120)}`);
  }
}

/** Node tells a reviver the number's own text, which TypeScript's library does not know yet. */
function exactIntegers(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? '')) return value;
  return BigInt(context!.source!);
}

/**
 * The plan with the keys as the file writes them. Throws MISSING_COLUMN when a planned key is in no row of the sample: a misspelt field
 * must not load as a column of nothing. Keys may be missing in single rows, and a nullable one in all of a sample that is only a part.
 */
export function locateKeys(plan: readonly ColumnPlan[], found: readonly string[], wholeFile: boolean): ColumnPlan[] {
  const positions = locate(
    plan.map(({ source }) => source),
    found,
  );
  const absent = plan.filter(({ nullable }, index) => positions[index]! < 0 && (wholeFile || !nullable));
  const none = positions.every((position) => position < 0);
  if (absent.length > 0 || none) throw missingColumns(none ? plan : absent, found);
  return plan.map((column, index) =>
    positions[index]! < 0 ? column : { ...column, source: found[positions[index]!]! },
  );
}

function rowOf(plan: readonly ColumnPlan[]): (text: string) => RowOutcome {
  return (text) => {
    const object = parseObject(text);
    if (object instanceof Refusal) return { reason: object.reason };
    return readValues(plan, (column) => (Object.hasOwn(object, column.source) ? object[column.source] : null));
  };
}

/** Reads the values of one row by the plan. */
export function readValues(plan: readonly ColumnPlan[], valueOf: (column: ColumnPlan) => unknown): RowOutcome {
  const row: Record<string, Cell> = {};
  for (const column of plan) {
    const given = valueOf(column);
    if (given === null || given === undefined || (given === '' && column.type !== FieldType.STRING)) {
      if (!column.nullable) return missing(column);
      row[column.name] = null;
      continue;
    }
    const value = parseValue(column.type, given);
    if (value instanceof Refusal) return { reason: value.reason, column: column.name };
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      return { reason: 'the text contains a NUL or half a character', column: column.name };
    }
    row[column.name] = value;
  }
  return { row };
}
