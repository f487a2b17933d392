import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { asyncBufferSlice } from './parquet-buffer';
import { parquetMetadataAsync, type Compressors, type FileMetaData, type SchemaElement } from 'hyparquet';
import { FieldType } from '../../kernel/graphql/shared-types';
import { isUsableLabel } from './column-names';
import { ImportFailure } from './import-failure';
import type { FileSource } from './rows';

/** One column of a Parquet file: what it would be in a dataset, and whether ClickHouse reads it just so by itself. */
export interface ParquetColumn {
  label: string;
  type: FieldType;
  nullable: boolean;
  /** Flat, and of a physical type whose values all fit `type`. */
  native: boolean;
}

export interface ParquetFile {
  metadata: FileMetaData;
  columns: ParquetColumn[];
  rowCount: number;
}

const MAX_ROW_GROUP_BYTES = 2 * 1024 ** 3;
const MAX_PAGE_BYTES = 256 * 1024 ** 2;

/** A page says how large it becomes; one that becomes larger, or says something absurd, is refused. */
const bounded =
  (decompress: (input: Uint8Array, options: { maxOutputLength: number }) => Buffer) =>
  (input: Uint8Array, outputLength: number): Uint8Array => {
    if (outputLength > MAX_PAGE_BYTES) throw new Error(`a page of ${outputLength} bytes is too large`);
    return decompress(input, { maxOutputLength: Math.max(outputLength, 1) });
  };

export const parquetCompressors: Compressors = {
  ZSTD: bounded(zstdDecompressSync),
  GZIP: bounded(gunzipSync),
  BROTLI: bounded(brotliDecompressSync),
};

/** Reads the file's footer. Throws `ImportFailure` MALFORMED_FILE when it is none. */
export async function openParquet(source: FileSource): Promise<ParquetFile> {
  const metadata = await footer(source);
  const [root, ...elements] = metadata.schema;
  if (!root) throw new ImportFailure('MALFORMED_FILE', 'The Parquet file has no schema. Write it again.');
  const large = metadata.row_groups.find(({ total_byte_size }) => Number(total_byte_size) > MAX_ROW_GROUP_BYTES);
  if (large)
    throw new ImportFailure(
      'MALFORMED_FILE',
      'A row group of the Parquet file is larger than 2 GB. Write it with smaller row groups.',
    );
  return { metadata, columns: topLevel(elements), rowCount: Number(metadata.num_rows) };
}

async function footer(source: FileSource): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(asyncBufferSlice(source), { geoparquet: false });
  } catch (error) {
    throw malformedParquet(error);
  }
}

export const malformedParquet = (error: unknown): ImportFailure =>
  new ImportFailure(
    'MALFORMED_FILE',
    `The Parquet file cannot be read (${(error as Error).message.slice(0, 200)}). It may be cut off: write or upload it again.`,
    { cause: error },
  );

function topLevel(elements: readonly SchemaElement[]): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  for (let index = 0; index < elements.length;) {
    const element = elements[index]!;
    if (!isUsableLabel(element.name)) {
      throw new ImportFailure(
        'MALFORMED_FILE',
        'A column of the Parquet file has a name that is too long or no text. Rename it.',
      );
    }
    columns.push(columnOf(element));
    index = afterSubtree(elements, index);
  }
  return columns;
}

function afterSubtree(elements: readonly SchemaElement[], index: number): number {
  let next = index + 1;
  for (let child = 0; child < (elements[index]?.num_children ?? 0); child++) next = afterSubtree(elements, next);
  return next;
}

function columnOf(element: SchemaElement): ParquetColumn {
  const nullable = element.repetition_type !== 'REQUIRED';
  const flat = !element.num_children && element.repetition_type !== 'REPEATED';
  const known = flat ? typeOf(element) : null;
  return { label: element.name, nullable, type: known?.type ?? FieldType.STRING, native: known?.native ?? false };
}

function typeOf(element: SchemaElement): { type: FieldType; native: boolean } | null {
  const logical = element.logical_type?.type ?? element.converted_type;
  switch (logical) {
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
      return { type: FieldType.STRING, native: true };
    case 'DATE':
      return { type: FieldType.DATE, native: true };
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return { type: FieldType.DATETIME, native: true };
    case 'DECIMAL':
      return { type: FieldType.FLOAT, native: false };
    case 'INTEGER':
    case 'INT_8':
    case 'INT_16':
    case 'INT_32':
    case 'INT_64':
    case 'UINT_8':
    case 'UINT_16':
    case 'UINT_32':
      return { type: FieldType.INTEGER, native: isSigned(element) };
    case undefined:
      return physicalType(element);
    default:
      return null;
  }
}

const isSigned = ({ logical_type, converted_type }: SchemaElement): boolean =>
  logical_type?.type === 'INTEGER' ? logical_type.isSigned : !converted_type?.startsWith('U');

function physicalType(element: SchemaElement): { type: FieldType; native: boolean } | null {
  switch (element.type) {
    case 'BOOLEAN':
      return { type: FieldType.BOOLEAN, native: true };
    case 'INT32':
    case 'INT64':
      return { type: FieldType.INTEGER, native: true };
    case 'INT96':
      return { type: FieldType.DATETIME, native: false };
    case 'FLOAT':
    case 'DOUBLE':
      return { type: FieldType.FLOAT, native: true };
    default:
      return null;
  }
}
