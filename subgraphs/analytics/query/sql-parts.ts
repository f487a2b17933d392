import { DomainError } from '../../kernel/errors';

/** Collects the values of a query. SQL text holds their placeholders only. */
export class Params {
  readonly values: Record<string, unknown> = {};
  private count = 0;

  /** The placeholder of a value, `{p0:String}`. `type` is one of the compiler's own. */
  add(value: unknown, type: ParamType): string {
    const name = `p${this.count++}`;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}

type Scalar = 'String' | 'Int64' | 'Float64' | 'Bool' | 'Date32' | 'UUID' | 'UInt32';
export type ParamType = Scalar | `Array(${Scalar})`;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Quotes an identifier that comes from our own tables. Anything but letters, digits and _ is refused, quoted or not. */
export function identifier(name: string): string {
  if (!NAME.test(name) || name.length > 200) {
    throw new DomainError(
      'UNKNOWN_FIELD',
      `The field "${name.slice(0, 60)}" has a name that cannot be queried. Rename it.`,
    );
  }
  return `\`${name}\``;
}

/** Quotes `database.table`. */
export function tableName(name: string): string {
  const [database, table, more] = name.split('.');
  if (!database || !table || more !== undefined) throw new Error(`not a table name: ${name}`);
  return `${identifier(database)}.${identifier(table)}`;
}
