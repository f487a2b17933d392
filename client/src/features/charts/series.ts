import type { Format } from '../../lib/format';
import type { Column, Row } from '../live/live-reducer';

/** What a chart needs of a tile: columns and rows as the API sends them. */
export interface ResultData {
  columns: readonly Column[];
  rows: readonly Row[];
}

export interface Series {
  /** Stays the same while the series means the same, so that its colour does. */
  id: string;
  label: string;
  measure: Column;
  points: { x: string; y: number | null }[];
}

export interface Pivot {
  /** The time column if there is one, else the first dimension. */
  axis: Column | undefined;
  /** The values of the axis; in time order, else as the query sorted them. */
  categories: string[];
  /** What the categories of a dimension are called in the reader's language; a time is named by its grain instead. */
  names: ReadonlyMap<string, string>;
  series: Series[];
}

/**
 * Turns rows into series: the axis is time or the first dimension, the other dimensions and the measures make the series. Ids and categories
 * are the raw values, labels and names those of the reader's language.
 */
export function pivot({ columns, rows }: ResultData, format: Format): Pivot {
  const at = (column: Column): number => columns.indexOf(column);
  const time = columns.find((column) => column.role === 'TIME');
  const dimensions = columns.filter((column) => column.role === 'DIMENSION');
  const measures = columns.filter((column) => column.role === 'MEASURE');
  const axis = time ?? dimensions[0];
  const splitting = dimensions.filter((column) => column !== axis);

  const categories = new Set<string>();
  const names = new Map<string, string>();
  const series = new Map<string, Series>();
  for (const row of rows) {
    const x = axis ? keyOf(row.values[at(axis)]) : '';
    categories.add(x);
    if (axis && !time && !names.has(x)) names.set(x, format.dimension(row.values[at(axis)], axis));
    const split = splitting.map((column) => keyOf(row.values[at(column)])).join(' · ');
    const splitName = (): string =>
      splitting.map((column) => format.dimension(row.values[at(column)], column)).join(' · ');
    for (const measure of measures) {
      const id = `${split}\u0000${measure.name}`;
      let one = series.get(id);
      if (!one) {
        one = { id, label: labelOf(splitName(), measure, measures.length), measure, points: [] };
        series.set(id, one);
      }
      one.points.push({ x, y: numberOf(row.values[at(measure)]) });
    }
  }
  const sorted = time ? [...categories].sort((a, b) => Date.parse(a) - Date.parse(b)) : [...categories];
  if (time) for (const one of series.values()) one.points.sort((a, b) => Date.parse(a.x) - Date.parse(b.x));
  return { axis, categories: sorted, names, series: [...series.values()] };
}

const labelOf = (split: string, measure: Column, measures: number): string => {
  if (!split) return measure.label;
  return measures > 1 ? `${split} · ${measure.label}` : split;
};

/** What tells one value of a dimension from the others, in every language. */
const keyOf = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

export const numberOf = (value: unknown): number | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  // Counts beyond 2^53 and decimals may come as text.
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
};

/** Gives each series a place in the palette at its first appearance and keeps it, so that a new order does not swap colours. */
export class ColourBook {
  readonly #places = new Map<string, number>();

  place(id: string): number {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    const next = this.#places.size;
    this.#places.set(id, next);
    return next;
  }
}
