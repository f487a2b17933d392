import { DomainError } from '../../kernel/errors';

/** ClickHouse's codes for "this row cannot be read or does not fit its column", whatever the state of the server. */
const DATA_CODES = new Set([6, 26, 27, 38, 41, 53, 69, 70, 72, 117, 130, 131, 321, 349, 407, 433, 676]);

/** Why the data itself was refused; null when it was not the data's fault, so that the same insert may succeed later. */
export function dataFault(error: unknown): string | null {
  if (!(error instanceof DomainError) || error.code !== 'INTERNAL') return null;
  const cause = error.cause as { code?: unknown; message?: string } | undefined;
  if (!DATA_CODES.has(Number(cause?.code))) return null;
  return `the columns refused it (code ${String(cause?.code)})`;
}
