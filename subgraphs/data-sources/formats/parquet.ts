import { parquetReadObjects } from 'hyparquet';
import { asyncBufferSlice } from './parquet-buffer';
import { locateAll } from './csv';
import { malformedParquet, parquetCompressors, type ParquetFile } from './parquet-file';
import { readValues } from './json';
import { clip, type Cell, type ColumnPlan, type FileSource, type RejectedRow, type RowChunk } from './rows';

/** Each slice decodes its row group's pages again, hence large ones. */
const ROWS_AT_ONCE = 50_000;

/** The plan with the file's own labels as sources. Throws MISSING_COLUMN when the file lacks one. */
export function planParquet(plan: readonly ColumnPlan[], file: ParquetFile): ColumnPlan[] {
  const labels = file.columns.map(({ label }) => label);
  const positions = locateAll(plan, labels);
  return plan.map((column, index) => ({ ...column, source: labels[positions[index]!]! }));
}

/**
 * Whether ClickHouse may read the file by itself: every column keeps its name, its type and its nulls, so that no row can be refused.
 * Otherwise the rows are read here, one by one, with a reason for each that does not fit.
 */
export function isNative(plan: readonly ColumnPlan[], file: ParquetFile): boolean {
  return plan.every(({ name, source, type, nullable }) => {
    const column = file.columns.find(({ label }) => label === source);
    return name === source && column?.native === true && column.type === type && (nullable || !column.nullable);
  });
}

/** Reads rows `from` up to `to`. Throws `ImportFailure` MALFORMED_FILE when the file's pages cannot be read. */
export async function readParquetObjects(
  source: FileSource,
  { metadata }: ParquetFile,
  columns: readonly string[],
  range: { from: number; to: number },
): Promise<Record<string, unknown>[]> {
  try {
    return (await parquetReadObjects({
      file: asyncBufferSlice(source),
      metadata,
      columns: [...columns],
      rowStart: range.from,
      rowEnd: range.to,
      compressors: parquetCompressors,
      geoparquet: false,
    })) as Record<string, unknown>[];
  } catch (error) {
    throw malformedParquet(error);
  }
}

/** Reads a Parquet file row by row, a slice of a row group at a time. */
export async function* readParquet(
  source: FileSource,
  file: ParquetFile,
  plan: readonly ColumnPlan[],
): AsyncGenerator<RowChunk> {
  const columns = [...new Set(plan.map(({ source: label }) => label))];
  const bytesPerRow = source.size / Math.max(file.rowCount, 1);
  for (let from = 0; from < file.rowCount; from += ROWS_AT_ONCE) {
    const to = Math.min(from + ROWS_AT_ONCE, file.rowCount);
    const objects = await readParquetObjects(source, file, columns, { from, to });
    yield toChunk(objects, plan, from, Math.round(to * bytesPerRow) - Math.round(from * bytesPerRow));
  }
}

function toChunk(
  objects: readonly Record<string, unknown>[],
  plan: readonly ColumnPlan[],
  from: number,
  bytes: number,
): RowChunk {
  const rows: Record<string, Cell>[] = [];
  const rejected: RejectedRow[] = [];
  objects.forEach((object, index) => {
    const outcome = readValues(plan, ({ source }) => object[source]);
    if ('row' in outcome) rows.push(outcome.row);
    else
      rejected.push({
        line: from + index + 1,
        column: outcome.column ?? null,
        reason: outcome.reason,
        raw: textOf(object),
      });
  });
  return { rows, rejected, read: objects.length, bytes };
}

const textOf = (object: Record<string, unknown>): string =>
  clip(
    JSON.stringify(object, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
    500,
  );
