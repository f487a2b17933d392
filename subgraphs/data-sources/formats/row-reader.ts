import { isUtf8 } from 'node:buffer';
import { FieldType } from '../../kernel/graphql/shared-types';
import { parseText, Refusal } from './values';
import { rawText, type Cell, type ColumnPlan, type RawRecord, type RejectedRow, type RowChunk } from './rows';

/** A row, or why it is none. */
export type RowOutcome = { row: Record<string, Cell> } | { reason: string; column?: string };

/** Turns records into rows; whatever cannot be read becomes a rejection with its line, column and reason. */
export function toChunk(records: readonly RawRecord[], bytes: number, read: (text: string) => RowOutcome): RowChunk {
  const rows: Record<string, Cell>[] = [];
  const rejected: RejectedRow[] = [];
  for (const record of records) {
    const outcome = record.fault ? { reason: record.fault } : understand(record.bytes, read);
    if ('row' in outcome) rows.push(outcome.row);
    else {
      const { reason, column = null } = outcome;
      rejected.push({ line: record.line, column, reason, raw: rawText(record.bytes) });
    }
  }
  return { rows, rejected, read: records.length, bytes };
}

function understand(bytes: Buffer, read: (text: string) => RowOutcome): RowOutcome {
  if (!isUtf8(bytes)) return { reason: 'the row is not UTF-8 text; save the file as UTF-8' };
  if (bytes.includes(0)) return { reason: 'the row contains a NUL byte' };
  return read(bytes.toString('utf8'));
}

/** Reads the cells of one row by the plan; `cellAt` answers a text or null. */
export function readTexts(
  plan: readonly ColumnPlan[],
  positions: readonly number[],
  values: readonly (string | null)[],
): RowOutcome {
  const row: Record<string, Cell> = {};
  for (let index = 0; index < plan.length; index++) {
    const column = plan[index]!;
    const text = values[positions[index]!] ?? null;
    const empty = text === null || (text === '' && column.type !== FieldType.STRING);
    if (empty) {
      if (!column.nullable) return missing(column);
      row[column.name] = null;
      continue;
    }
    const value = parseText(column.type, text);
    if (value instanceof Refusal) return { reason: value.reason, column: column.name };
    row[column.name] = value;
  }
  return { row };
}

export const missing = (column: ColumnPlan): RowOutcome => ({
  reason: 'the value is missing and the field does not allow that',
  column: column.name,
});
