import type { Clock } from '../../clock';
import type { AppendRow, Position } from '../append-queue';
import { arrayOf, type Sql } from './sql';

/** Cannot be inside JSON text. */
const SEPARATOR = '\x1e';

export interface AppendTarget {
  topicId: number;
  clock: Clock;
  /** Told how far each partition reaches now. */
  appended(partition: number, next: bigint): void;
}

/** Appends rows of one topic in one transaction and one round trip. */
export async function appendRows(
  sql: Sql,
  { topicId, clock, appended }: AppendTarget,
  rows: readonly AppendRow[],
): Promise<Position[]> {
  const counts = new Map<number, number>();
  for (const { partition } of rows) counts.set(partition, 0);
  const partitions = [...counts.keys()].sort((a, b) => a - b);
  const slots = new Map(partitions.map((partition, index) => [partition, index + 1]));
  const places = rows.map(({ partition }) => {
    const place = counts.get(partition)!;
    counts.set(partition, place + 1);
    return place;
  });
  const [answer] = await sql.query<{ bases: string[] }>(
    `select $log.log_append($1, $2, $3, $4, $5, $6, $7, $8) as bases`,
    [
      topicId,
      arrayOf(partitions),
      arrayOf(partitions.map((partition) => counts.get(partition)!)),
      arrayOf(rows.map(({ partition }) => slots.get(partition)!)),
      arrayOf(places),
      arrayOf(rows.map(({ tenantId }) => tenantId)),
      rows.map(({ body }) => body).join(SEPARATOR),
      clock.now(),
    ],
  );
  const bases = answer!.bases.map(BigInt);
  partitions.forEach((partition, index) => appended(partition, bases[index]! + BigInt(counts.get(partition)!)));
  return rows.map(({ partition }, index) => ({
    partition,
    offset: bases[slots.get(partition)! - 1]! + BigInt(places[index]!),
  }));
}
