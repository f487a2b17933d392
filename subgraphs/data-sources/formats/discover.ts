import { emptyFile, ImportFailure } from './import-failure';
import { fieldNames, isUsableLabel } from './column-names';
import { csvSplitter, readHeader } from './csv';
import { bomLength, detectDialect } from './csv-dialect';
import { splitRow } from './csv-row';
import type { FormatName } from './detect-format';
import { ColumnInference } from './infer';
import { jsonSplitter, notBlank, parseObject, readValues, type JsonFormat } from './json';
import { openParquet } from './parquet-file';
import { readParquetObjects } from './parquet';
import { readTexts, type RowOutcome } from './row-reader';
import type { Cell, ColumnPlan, FileSource, RawRecord, RecordSplitter } from './rows';
import { readSample, SAMPLE_ROWS } from './sample';
import { Refusal, typeOfText, typeOfValue } from './values';

const SHOWN_ROWS = 20;
/** Fields of one dataset. */
export const MAX_FIELDS = 500;

export interface Discovery {
  format: FormatName;
  columns: ColumnPlan[];
  sampleRows: Record<string, Cell>[];
  /** Known for Parquet, and for text when the whole file was looked at. */
  rowCount: number | null;
  /** Columns as the file writes them, in its order. */
  labels: string[];
  wholeFile: boolean;
}

/** Infers a schema from the beginning of a file, with the first rows read by it. Throws `ImportFailure` for a file without one. */
export async function discover(source: FileSource, format: FormatName): Promise<Discovery> {
  if (format === 'PARQUET') return discoverParquet(source);
  const sample = await readSample(source);
  const wholeFile = sample.length >= source.size;
  return format === 'CSV' ? discoverCsv(sample, wholeFile) : discoverJson(sample, format, wholeFile);
}

/** Guards against a schema with more columns than a dataset may have. */
export function assertWidth({ columns }: Discovery): void {
  if (columns.length <= MAX_FIELDS) return;
  throw new ImportFailure(
    'MALFORMED_FILE',
    `The file has more than ${MAX_FIELDS} columns, the most a dataset may have. Declare the fields to load.`,
  );
}

function discoverCsv(sample: Buffer, wholeFile: boolean): Discovery {
  const dialect = detectDialect(sample);
  const records = cut(csvSplitter(dialect), sample.subarray(dialect.bomBytes), wholeFile);
  const [header, ...body] = records;
  if (!header) throw emptyFile();
  const labels = readHeader(header, dialect);
  const rows = body
    .slice(0, SAMPLE_ROWS)
    .filter(({ fault }) => !fault)
    .map(({ bytes }) => splitRow(bytes.toString('utf8'), dialect.delimiter))
    .filter((values) => values.length === labels.length);
  const inferences = labels.map((_label, index) => {
    const inference = new ColumnInference();
    for (const values of rows) if (values[index]) inference.add(typeOfText(values[index]));
    return inference;
  });
  const columns = toPlan(labels, inferences);
  const positions = labels.map((_label, index) => index);
  const sampleRows = rows.slice(0, SHOWN_ROWS).map((values) => readTexts(columns, positions, values));
  const rowCount = wholeFile ? body.length : null;
  return { format: 'CSV', columns, labels, wholeFile, rowCount, sampleRows: readable(sampleRows) };
}

function discoverJson(sample: Buffer, format: JsonFormat, wholeFile: boolean): Discovery {
  const records = cut(jsonSplitter(format), sample.subarray(bomLength(sample)), wholeFile);
  if (records.length === 0 && wholeFile) throw emptyFile();
  const objects = records
    .slice(0, SAMPLE_ROWS)
    .filter(({ fault }) => !fault)
    .map(({ bytes }) => parseObject(bytes.toString('utf8')))
    .filter((object): object is Record<string, unknown> => !(object instanceof Refusal));
  const inferences = new Map<string, ColumnInference>();
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) {
      if (!isUsableLabel(key)) continue;
      if (!inferences.has(key) && inferences.size <= MAX_FIELDS) inferences.set(key, new ColumnInference());
      if (value !== null) inferences.get(key)?.add(typeOfValue(value));
    }
  }
  if (inferences.size === 0) throw emptyFile();
  const labels = [...inferences.keys()];
  const columns = toPlan(labels, [...inferences.values()]);
  const sampleRows = objects
    .slice(0, SHOWN_ROWS)
    .map((object) => readValues(columns, ({ source }) => (Object.hasOwn(object, source) ? object[source] : null)));
  const rowCount = wholeFile ? records.length : null;
  return { format, columns, labels, wholeFile, rowCount, sampleRows: readable(sampleRows) };
}

async function discoverParquet(source: FileSource): Promise<Discovery> {
  const file = await openParquet(source);
  const labels = file.columns.map(({ label }) => label);
  const names = fieldNames(labels);
  const columns = file.columns.map(({ label, type, nullable }, index) => ({
    name: names[index]!,
    type,
    nullable,
    source: label,
  }));
  const to = Math.min(SHOWN_ROWS, file.rowCount);
  const objects = await readParquetObjects(source, file, labels, { from: 0, to });
  const sampleRows = objects.map((object) => readValues(columns, ({ source: label }) => object[label]));
  return {
    format: 'PARQUET',
    columns,
    labels,
    wholeFile: true,
    rowCount: file.rowCount,
    sampleRows: readable(sampleRows),
  };
}

/** The records of a sample. The last one of a sample that is only a part of the file is cut, and left out. */
function cut(splitter: RecordSplitter, sample: Buffer, wholeFile: boolean): RawRecord[] {
  const records = splitter.push(sample);
  if (wholeFile) records.push(...splitter.end());
  return records.filter(notBlank);
}

const toPlan = (labels: readonly string[], inferences: readonly ColumnInference[]): ColumnPlan[] => {
  const names = fieldNames(labels);
  // A sample cannot prove that a later row has no gap, so that inferred fields are nullable.
  return labels.map((source, index) => ({
    name: names[index]!,
    type: inferences[index]!.type,
    nullable: true,
    source,
  }));
};

const readable = (outcomes: readonly RowOutcome[]): Record<string, Cell>[] =>
  outcomes.flatMap((outcome) => ('row' in outcome ? [outcome.row] : []));
