import { z } from 'zod';

/*
 * How ClickHouse's types arrive in rows (fixed by the adapter, the same on every server):
 *   Int64, UInt64 and wider        string of digits, since JSON numbers lose digits beyond 2^53: use `bigInteger` or `safeInteger`
 *   smaller integers, floats       number; NaN and infinities are null
 *   Decimal                        number, or string where output would lose digits: cast to String in SQL when exactness matters
 *   DateTime, DateTime64           ISO 8601 in UTC: `2024-01-31T12:00:00.000Z`
 *   Date                           `2024-01-31`
 *   UUID, String, Enum             string
 *   Nullable                       null
 */

const DIGITS = /^-?\d+$/;

/** A 64-bit integer as a bigint, exact. */
export const bigInteger = z.union([z.string().regex(DIGITS), z.int()]).transform((value) => BigInt(value));

/** A 64-bit integer known to be small (a count, a duration) as a number; refuses one beyond 2^53 - 1 rather than round it. */
export const safeInteger = z.union([z.string().regex(DIGITS), z.int()]).transform((value, context) => {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  context.addIssue({ code: 'custom', message: `${value} is beyond the integers a number holds exactly` });
  return z.NEVER;
});
