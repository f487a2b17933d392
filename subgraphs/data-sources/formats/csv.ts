import { isUtf8 } from 'node:buffer';
import { emptyFile, ImportFailure } from './import-failure';
import { headerLabels, locate, missingColumns } from './column-names';
import { detectDialect, type CsvDialect } from './csv-dialect';
import { LineSplitter } from './csv-records';
import { splitRow } from './csv-row';
import { readTexts, toChunk, type RowOutcome } from './row-reader';
import type { ColumnPlan, FileSource, RawRecord, RowChunk } from './rows';

const SAMPLE_BYTES = 256 * 1024;

/** Reads a CSV file row by row. Throws `ImportFailure` MISSING_COLUMN before the first row when the header lacks a planned column. */
export async function* readCsv(
  source: FileSource,
  plan: readonly ColumnPlan[],
  sample: Buffer,
): AsyncGenerator<RowChunk> {
  const dialect = detectDialect(sample.subarray(0, SAMPLE_BYTES));
  const splitter = csvSplitter(dialect);
  let read: ((text: string) => RowOutcome) | undefined;

  const chunk = (records: RawRecord[], bytes: number): RowChunk => {
    let body = records;
    if (!read && records.length > 0) {
      read = rowOf(records[0]!, plan, dialect);
      body = records.slice(1);
    }
    return read ? toChunk(body, bytes, read) : { rows: [], rejected: [], read: 0, bytes };
  };

  const stream = await source.open({ start: dialect.bomBytes, end: source.size });
  for await (const bytes of stream as AsyncIterable<Buffer>) yield chunk(splitter.push(bytes), bytes.length);
  yield chunk(splitter.end(), dialect.bomBytes);
  if (!read) throw emptyFile();
}

export const csvSplitter = ({ delimiter, terminator }: CsvDialect): LineSplitter =>
  new LineSplitter({ delimiter: delimiter.charCodeAt(0), terminator });

/** The labels of the header record. Throws when it cannot be read as a header. */
export function readHeader(record: RawRecord, { delimiter }: CsvDialect): string[] {
  const fault = record.fault ?? (isUtf8(record.bytes) ? undefined : 'it is not UTF-8 text') ?? nulIn(record.bytes);
  if (fault) throw new ImportFailure('MALFORMED_FILE', `The header on line ${record.line} cannot be read: ${fault}.`);
  return headerLabels(splitRow(record.bytes.toString('utf8'), delimiter));
}

const nulIn = (bytes: Buffer): string | undefined => (bytes.includes(0) ? 'it contains a NUL byte' : undefined);

function rowOf(header: RawRecord, plan: readonly ColumnPlan[], dialect: CsvDialect): (text: string) => RowOutcome {
  const labels = readHeader(header, dialect);
  const positions = locateAll(plan, labels);
  return (text) => {
    const values = splitRow(text, dialect.delimiter);
    if (values.length !== labels.length) {
      return { reason: `the row has ${values.length} values, the header has ${labels.length} columns` };
    }
    return readTexts(plan, positions, values);
  };
}

/** Positions of the planned columns in the file. Throws `ImportFailure` MISSING_COLUMN naming every one that is not there. */
export function locateAll(plan: readonly ColumnPlan[], labels: readonly string[]): number[] {
  const positions = locate(
    plan.map(({ source }) => source),
    labels,
  );
  const absent = plan.filter((_column, index) => positions[index]! < 0);
  if (absent.length > 0) throw missingColumns(absent, labels);
  return positions;
}
