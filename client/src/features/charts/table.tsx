import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimeGrain } from '../../gql/graphql';
import { useFormat } from '../../lib/use-format';
import type { Column, Row } from '../live/live-reducer';
import { numberOf, type ResultData } from './series';

/** More rows than this are shown on demand: nobody reads them, and the page stays quick. */
const STEP = 100;

type Sorting = { column: string; descending: boolean } | undefined;

/** The result as a table, in the order of the query until a heading is pressed. */
export function TableBody({ data, grain }: { data: ResultData; grain: TimeGrain | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sorting, setSorting] = useState<Sorting>();
  const [shown, setShown] = useState(STEP);
  const rows = useMemo(() => sorted(data, sorting), [data, sorting]);
  const isNumber = (column: Column): boolean => column.role === 'MEASURE';
  const next = (column: Column): Sorting => {
    if (sorting?.column !== column.name) return { column: column.name, descending: isNumber(column) };
    return sorting.descending === isNumber(column) ? { ...sorting, descending: !sorting.descending } : undefined;
  };
  return (
    <div
      className="h-full max-h-96 overflow-auto md:max-h-none"
      tabIndex={0}
      role="region"
      aria-label={t('tile.table')}
    >
      <table className="data-table tabular-nums">
        <thead className="sticky top-0 bg-surface">
          <tr>
            {data.columns.map((column) => {
              const by = sorting?.column === column.name ? sorting : undefined;
              return (
                <th
                  key={column.name}
                  scope="col"
                  aria-sort={by ? (by.descending ? 'descending' : 'ascending') : undefined}
                  className={isNumber(column) ? '!text-right' : ''}
                >
                  <button
                    type="button"
                    className="font-medium hover:text-text"
                    onClick={() => setSorting(next(column))}
                  >
                    {column.label} {by ? (by.descending ? '↓' : '↑') : ''}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row) => (
            <tr key={row.key}>
              {data.columns.map((column, index) => (
                <td key={column.name} className={isNumber(column) ? 'text-right' : 'max-w-56 truncate'}>
                  {cell(column, row.values[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <button
          type="button"
          className="w-full py-2 text-[0.8125rem] text-accent-text hover:underline"
          onClick={() => setShown(shown + STEP)}
        >
          {t('tile.moreRows', { left: format.integer(rows.length - shown) })}
        </button>
      )}
    </div>
  );

  function cell(column: Column, value: unknown): string {
    if (column.role === 'TIME' && (typeof value === 'string' || typeof value === 'number'))
      return format.bucket(value, grain);
    return column.role === 'MEASURE'
      ? format.measure(numberOf(value) ?? value, column.unit)
      : format.dimension(value, column);
  }
}

function sorted({ columns, rows }: ResultData, sorting: Sorting): readonly Row[] {
  if (!sorting) return rows;
  const index = columns.findIndex((column) => column.name === sorting.column);
  const sign = sorting.descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(a.values[index], b.values[index]));
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a as string).localeCompare(String(b as string), undefined, { numeric: true });
}
