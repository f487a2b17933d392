import { FieldType } from '../../kernel/graphql/shared-types';

/** The narrowest type that holds every value seen of one column. */
export class ColumnInference {
  private seen: FieldType | undefined;

  add(type: FieldType): void {
    this.seen = this.seen === undefined ? type : widen(this.seen, type);
  }

  /** STRING when nothing was seen. */
  get type(): FieldType {
    return this.seen ?? FieldType.STRING;
  }
}

const PAIRS: readonly (readonly [FieldType, FieldType, FieldType])[] = [
  [FieldType.INTEGER, FieldType.FLOAT, FieldType.FLOAT],
  [FieldType.DATE, FieldType.DATETIME, FieldType.DATETIME],
];

function widen(one: FieldType, other: FieldType): FieldType {
  if (one === other) return one;
  const pair = PAIRS.find(([a, b]) => (a === one && b === other) || (a === other && b === one));
  return pair?.[2] ?? FieldType.STRING;
}
