/** Why a whole import failed. Part of the public API (`ImportRun.errorCode`): never rename one, only add. */
export const IMPORT_ERROR_CODES = [
  'MISSING_COLUMN',
  'EMPTY_FILE',
  'UNSUPPORTED_FORMAT',
  'MALFORMED_FILE',
  'ALL_ROWS_REJECTED',
  'NOT_RECONCILED',
  'FILE_GONE',
  'INTERRUPTED',
  'UNAVAILABLE',
  'INTERNAL',
] as const;

export type ImportErrorCode = (typeof IMPORT_ERROR_CODES)[number];

/** The import cannot succeed however often it is tried: the file or its schema must change. The message says how. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';

  constructor(
    readonly code: ImportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const emptyFile = (): ImportFailure =>
  new ImportFailure('EMPTY_FILE', 'The file has no rows. Upload a file with a header line and at least one row.');
