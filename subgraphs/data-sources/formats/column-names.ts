import { ImportFailure } from './import-failure';
import type { ColumnPlan } from './rows';

/** A dataset's field becomes a column and part of queries' texts: an identifier, never anything else. */
export const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
/** Columns of the platform's own in the tables it shares or walls. */
export const RESERVED_FIELD_NAMES: ReadonlySet<string> = new Set(['tenant_id', 'dataset_id', 'event_id']);

const LONGEST_LABEL = 200;

/** Whether a file's own name for a column can be kept and shown. */
export const isUsableLabel = (label: string): boolean =>
  label.length <= LONGEST_LABEL && !label.includes('\0') && label.isWellFormed();

/** The columns of a file by distinct labels: an empty header becomes `column_3`, a repeated one `name_2`. */
export function headerLabels(header: readonly (string | null)[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) =>
    unique((cell ?? '').trim().slice(0, LONGEST_LABEL).toWellFormed() || `column_${index + 1}`, taken),
  );
}

/** A field name for each label, as near to it as an identifier can be. */
export function fieldNames(labels: readonly string[]): string[] {
  const taken = new Set<string>(RESERVED_FIELD_NAMES);
  return labels.map((label, index) => unique(identifier(label, index), taken));
}

/** Where each wanted source is in the file: by its label, else by the field name that label would get. -1: nowhere. */
export function locate(sources: readonly string[], labels: readonly string[]): number[] {
  const names = fieldNames(labels);
  return sources.map((source) => {
    const exact = labels.indexOf(source);
    return exact >= 0 ? exact : names.indexOf(source);
  });
}

const SHOWN = 30;

/** The failure of an import whose file lacks columns; says which, and what there is instead. */
export function missingColumns(absent: readonly ColumnPlan[], found: readonly string[]): ImportFailure {
  const quoted = (names: readonly string[]): string =>
    names
      .slice(0, SHOWN)
      .map((name) => `"${name}"`)
      .join(', ') + (names.length > SHOWN ? ', …' : '');
  return new ImportFailure(
    'MISSING_COLUMN',
    `The file has no column ${quoted(absent.map(({ source }) => source))}. It has ${quoted(found)}. ` +
      'Add the column to the file, or name the right one as "source" of the field.',
  );
}

function identifier(label: string, index: number): string {
  const ascii = label.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
  const name = ascii
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^[_0-9]+/, '')
    .replace(/_+$/, '')
    .slice(0, 55);
  return name || `column_${index + 1}`;
}

/** Names are told apart without regard to case: `Date` and `date` in one dataset would only confuse. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate.toLowerCase()); count++) candidate = `${name}_${count}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}
