/** A failure in ClickHouse's own shape: a numeric code and a name, as its clients parse them. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException';

  constructor(
    readonly code: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }

  /** As ClickHouse writes it into a response body. */
  toText(): string {
    return `Code: ${this.code}. DB::Exception: ${this.message} (${this.type})`;
  }
}

export const CODES = {
  BAD_ARGUMENTS: 36,
  SYNTAX_ERROR: 62,
  ACCESS_DENIED: 497,
  SETTING_CONSTRAINT_VIOLATION: 452,
  UNKNOWN_SETTING: 115,
  UNKNOWN_QUERY_PARAMETER: 456,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_WAS_CANCELLED: 394,
  AUTHENTICATION_FAILED: 516,
  NETWORK_ERROR: 210,
  TOO_LARGE_STRING_SIZE: 131,
  INCORRECT_DATA: 117,
} as const;

export const exception = (type: keyof typeof CODES, message: string): ClickHouseException =>
  new ClickHouseException(CODES[type], type, message);

/** What the engine throws carries code and name in its text only: `Code: 62. DB::Exception: … (SYNTAX_ERROR)`. */
export function toException(thrown: unknown): ClickHouseException {
  if (thrown instanceof ClickHouseException) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const match = /Code: (\d+)\. DB::Exception: (.*)\(([A-Z0-9_]+)\)/s.exec(text);
  if (match) return new ClickHouseException(Number(match[1]), match[3]!, match[2]!.trim());
  return new ClickHouseException(1001, 'STD_EXCEPTION', text);
}

const STATUS: Readonly<Record<number, number>> = {
  62: 400,
  36: 400,
  115: 400,
  131: 413,
  452: 400,
  456: 400,
  60: 404,
  81: 404,
  497: 403,
  516: 401,
  202: 503,
};

export const statusOf = (error: ClickHouseException): number => STATUS[error.code] ?? 500;
