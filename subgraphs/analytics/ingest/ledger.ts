import type { EntityManager } from 'typeorm';
import type { Database } from '../../kernel/database/database';
import { StaleEpochError, type Assignment } from '../../kernel/log/log';
import { REPETITION_MS } from './raw-event';

/** A range `[from, to)` of a partition that is on its way into the columns, without the offsets in `dropped`. */
export interface OpenRange {
  from: bigint;
  to: bigint;
  dropped: ReadonlySet<bigint>;
}

/** An event whose id its client gave. */
export interface GivenId {
  tenantId: string;
  key: string;
  offset: bigint;
  /** When it was taken, milliseconds. */
  at: number;
}

interface LedgerRow {
  epoch: number;
  next_offset: string;
  open_to: string | null;
  dropped: string[];
}

/**
 * Says how far each partition is in the columns; the group's own commits only say where to begin reading. One range at a time is open: it is
 * planned before its first insert and closed after its last. Whoever takes a partition over first repeats the open range exactly, and from
 * then on its predecessor, whose epoch is older, can neither plan nor close. All methods throw StaleEpochError for an older epoch.
 */
export class Ledger {
  constructor(private readonly database: Pick<Database, 'control'>) {}

  /**
   * Takes the partition over under the assignment's epoch.
   *
   * @param first where to begin when nothing is known of the partition.
   */
  takeOver(at: Assignment, first: bigint): Promise<{ next: bigint; open: OpenRange | null }> {
    return this.database.control(async (tx) => {
      await tx.query(
        `insert into ingest_ledger (topic, partition, epoch, next_offset) values ($1, $2, $3, $4) on conflict do nothing`,
        [at.topic, at.partition, at.epoch, first],
      );
      const row = await change(
        tx,
        at,
        `update ingest_ledger set epoch = $3, updated_at = now() where topic = $1 and partition = $2 and epoch <= $3
         returning epoch, next_offset, open_to, dropped`,
      );
      const next = BigInt(row.next_offset);
      if (row.open_to === null) return { next, open: null };
      return { next, open: { from: next, to: BigInt(row.open_to), dropped: new Set(row.dropped.map(BigInt)) } };
    });
  }

  /** Opens `[from, to)`, where `from` is at or after what is done. The ids are judged in the same transaction, once and for all. */
  plan(at: Assignment, from: bigint, to: bigint, ids: readonly GivenId[]): Promise<OpenRange> {
    return this.database.control(async (tx) => {
      await change(
        tx,
        at,
        `update ingest_ledger set next_offset = $4, open_to = $5, dropped = '{}', updated_at = now()
         where topic = $1 and partition = $2 and epoch = $3 and open_to is null and next_offset <= $4 returning epoch`,
        [from, to],
      );
      const dropped = await repetitions(tx, at, ids);
      if (dropped.length > 0) {
        await change(
          tx,
          at,
          `update ingest_ledger set dropped = $4 where topic = $1 and partition = $2 and epoch = $3 returning epoch`,
          [dropped],
        );
      }
      return { from, to, dropped: new Set(dropped) };
    });
  }

  /** Everything before `to` is in the columns. */
  async close(at: Assignment, { to }: Pick<OpenRange, 'to'>): Promise<void> {
    await this.database.control((tx) =>
      change(
        tx,
        at,
        `update ingest_ledger set next_offset = open_to, open_to = null, dropped = '{}', updated_at = now()
         where topic = $1 and partition = $2 and epoch = $3 and open_to = $4 returning epoch`,
        [to],
      ),
    );
  }

  /** Next offset of each partition that is in the columns. */
  vector(topic: string): Promise<Record<string, string>> {
    return this.database.control(async (tx) => {
      const rows = (await tx.query(
        `select partition, next_offset from ingest_ledger where topic = $1 order by partition`,
        [topic],
      )) as { partition: number; next_offset: string }[];
      return Object.fromEntries(rows.map(({ partition, next_offset }) => [String(partition), next_offset]));
    });
  }

  /** Forgets ids that are too old to matter; answers how many. */
  forgetIds(before: Date, limit: number): Promise<number> {
    return this.database.control(async (tx) => {
      const [, count] = (await tx.query(
        `delete from seen_event where (tenant_id, event_key) in
           (select tenant_id, event_key from seen_event where seen_at < $1 limit $2)`,
        [before, limit],
      )) as [unknown[], number];
      return count;
    });
  }
}

async function change(tx: EntityManager, at: Assignment, sql: string, more: unknown[] = []): Promise<LedgerRow> {
  const [rows] = (await tx.query(sql, [at.topic, at.partition, at.epoch, ...more])) as [LedgerRow[], number];
  if (!rows[0]) throw new StaleEpochError(at);
  return rows[0];
}

/**
 * The offsets whose id was seen before: each id belongs to the first place it was planned at, for 24 hours. Ids are kept by their place, so
 * the answer for a place never changes.
 */
async function repetitions(tx: EntityManager, { partition }: Assignment, ids: readonly GivenId[]): Promise<bigint[]> {
  if (ids.length === 0) return [];
  const rows = (await tx.query(
    `with given as (
       select tenant_id, event_key, "offset", to_timestamp(at / 1000.0) as seen_at
       from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) as g(tenant_id, event_key, "offset", at)
     ), first as (
       select distinct on (tenant_id, event_key) * from given order by tenant_id, event_key, "offset"
     ), put as (
       insert into seen_event as s (tenant_id, event_key, partition, "offset", seen_at)
       select tenant_id, event_key, $5, "offset", seen_at from first
       on conflict (tenant_id, event_key) do update
         set partition = excluded.partition, "offset" = excluded."offset", seen_at = excluded.seen_at
         where s.seen_at <= excluded.seen_at - make_interval(secs => $6)
       returning s.tenant_id, s.event_key, s."offset"
     )
     select g."offset" from given g
     where not exists (
       select from put p where p.tenant_id = g.tenant_id and p.event_key = g.event_key and p."offset" = g."offset"
     ) order by 1`,
    [
      ids.map(({ tenantId }) => tenantId),
      ids.map(({ key }) => key),
      ids.map(({ offset }) => offset),
      ids.map(({ at }) => at),
      partition,
      REPETITION_MS / 1_000,
    ],
  )) as { offset: string }[];
  return rows.map(({ offset }) => BigInt(offset));
}
