/** PostgreSQL's bigint as a number: counts of rows and bytes stay far below 2^53. */
export const bigintColumn = {
  type: 'bigint' as const,
  transformer: {
    from: (value: string | null): number | null => (value === null ? null : Number(value)),
    to: (value: number | null): number | null => value,
  },
};
