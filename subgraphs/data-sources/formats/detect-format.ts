import { extname } from 'node:path';
import { DomainError } from '../../kernel/errors';
import { bomLength } from './csv-dialect';

export const FILE_FORMATS = ['CSV', 'JSON', 'NDJSON', 'PARQUET'] as const;
export type FormatName = (typeof FILE_FORMATS)[number];

const MB = 1024 * 1024;
export const MAX_UPLOAD_BYTES: Readonly<Record<FormatName, number>> = {
  CSV: 100 * MB,
  JSON: 50 * MB,
  NDJSON: 50 * MB,
  PARQUET: 100 * MB,
};

const BY_EXTENSION: Readonly<Record<string, FormatName>> = {
  '.csv': 'CSV',
  '.tsv': 'CSV',
  '.txt': 'CSV',
  '.json': 'JSON',
  '.ndjson': 'NDJSON',
  '.jsonl': 'NDJSON',
  '.parquet': 'PARQUET',
};

const MAGIC: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a ZIP archive or an Excel workbook'],
  ['\x1f\x8b', 'compressed with gzip'],
  ['%PDF', 'a PDF'],
  ['\xff\xfe', 'UTF-16 text'],
  ['\xfe\xff', 'UTF-16 text'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook'],
  ['ARROW1', 'an Arrow file'],
];

/**
 * Says what a file is by its first bytes, its name deciding between what the bytes leave open.
 * Throws UNSUPPORTED_FORMAT for what cannot be imported, or when `declared` contradicts the bytes.
 */
export function detectFormat(name: string, head: Buffer, declared?: FormatName | null): FormatName {
  const found = sniff(name, head);
  if (!declared || declared === found) return found;
  if (declared === 'PARQUET' || found === 'PARQUET') throw unsupported(`"${name}" is ${found}, not ${declared}.`);
  return declared;
}

function sniff(name: string, head: Buffer): FormatName {
  const text = head.subarray(0, 16).toString('latin1');
  if (text.startsWith('PAR1')) return 'PARQUET';
  const foreign = MAGIC.find(([magic]) => text.startsWith(magic));
  if (foreign)
    throw unsupported(`"${name}" is ${foreign[1]}. Save it as CSV in UTF-8, JSON or Parquet and upload that.`);
  const extension = BY_EXTENSION[extname(name).toLowerCase()];
  if (extension === 'PARQUET') throw unsupported(`"${name}" is not a Parquet file: it does not begin with PAR1.`);
  if (extension === 'CSV') return 'CSV';
  return sniffText(head.subarray(bomLength(head)), extension);
}

function sniffText(body: Buffer, extension: FormatName | undefined): FormatName {
  const text = body
    .subarray(0, 64 * 1024)
    .toString('utf8')
    .trimStart();
  if (text.startsWith('[')) return extension === 'NDJSON' ? 'NDJSON' : 'JSON';
  if (text.startsWith('{')) return firstLineIsObject(text) ? 'NDJSON' : throwSingleObject();
  if (extension === 'NDJSON') return 'NDJSON';
  if (extension === 'JSON' && text !== '')
    throw unsupported('A JSON file must be a list of objects, or have one object per line.');
  return extension ?? 'CSV';
}

function firstLineIsObject(text: string): boolean {
  const end = text.indexOf('\n');
  const line = end < 0 ? text : text.slice(0, end);
  if (end < 0 && text.length >= 60_000) return true; // one long line: the import says what is wrong with it
  const trimmed = line.trim();
  return trimmed.length > 1 && (trimmed.endsWith('}') || !isOpening(trimmed));
}

/** A pretty-printed object breaks off after a brace, a bracket or a comma. */
const isOpening = (line: string): boolean => /[{[,]$/.test(line);

function throwSingleObject(): never {
  throw unsupported(
    'The JSON file is one object. Upload a list of objects, [{…}, {…}], or one object per line (NDJSON).',
  );
}

const unsupported = (message: string): DomainError => new DomainError('UNSUPPORTED_FORMAT', message);

export const formatByName = (name: string): FormatName | null => BY_EXTENSION[extname(name).toLowerCase()] ?? null;
