import { shareOut, type Claim } from './assign';
import { arrayOf, type Sql } from './sql';
import type { Topic } from './topics';

/** A claim as its group sees it at a heartbeat. */
export interface SeenClaim {
  partition: number;
  epoch: number;
  committed: bigint;
  /** This member shall have it. */
  mine: boolean;
  /** This member has it. */
  held: boolean;
  /** Nobody living holds it, or its holder did not let go in time. */
  free: boolean;
}

export interface Beat {
  /** False: this member was late and has been put out of the group. */
  alive: boolean;
  /** Somebody died, or a partition is nobody's. */
  unsettled: boolean;
  claims: SeenClaim[];
}

export interface GroupTimes {
  /** A member that has not been heard for so long is dead, milliseconds. */
  sessionMs: number;
  /** How long a living owner may take to let a partition go, milliseconds. */
  handOverMs: number;
}

type Query = Sql['query'];

/** What one group keeps in the database. Times are the database's own, so that clocks of processes do not matter. */
export class GroupStore {
  private constructor(
    private readonly sql: Sql,
    readonly topic: Topic,
    private readonly groupId: number,
    private readonly times: GroupTimes,
  ) {}

  /** Makes the group when it is new; it then begins at `from`. */
  static async open(sql: Sql, topic: Topic, name: string, from: 'earliest' | 'latest', times: GroupTimes) {
    const groupId = await sql.transaction(async (query) => {
      const [made] = await query<{ id: number }>(
        `insert into $log.log_groups (name, topic_id) values ($1, $2) on conflict do nothing returning id`,
        [name, topic.id],
      );
      if (!made) return undefined;
      await query(
        `insert into $log.log_claims (group_id, partition, committed)
         select $1, partition, case when $3 then next_offset else first_offset end
         from $log.log_partitions where topic_id = $2`,
        [made.id, topic.id, from === 'latest'],
      );
      return made.id;
    });
    if (groupId !== undefined) return new GroupStore(sql, topic, groupId, times);
    const [group] = await sql.query<{ id: number }>(
      `select id from $log.log_groups where name = $1 and topic_id = $2`,
      [name, topic.id],
    );
    return new GroupStore(sql, topic, group!.id, times);
  }

  join(member: string): Promise<void> {
    return this.locked(async (query) => {
      await query(
        `insert into $log.log_members (group_id, member, joined_at, heartbeat_at)
         values ($1, $2, clock_timestamp(), clock_timestamp())`,
        [this.groupId, member],
      );
      await this.share(query);
    });
  }

  leave(member: string): Promise<void> {
    return this.locked(async (query) => {
      await query(`update $log.log_claims set owner = null where group_id = $1 and owner = $2`, [this.groupId, member]);
      await query(`delete from $log.log_members where group_id = $1 and member = $2`, [this.groupId, member]);
      await this.share(query);
    });
  }

  /** Puts the dead out and shares the partitions among the living. */
  settle(): Promise<void> {
    return this.locked((query) => this.share(query));
  }

  async beat(member: string): Promise<Beat> {
    const claims = await this.sql.query<{
      alive: boolean;
      unsettled: boolean;
      partition: number;
      epoch: number;
      committed: string;
      mine: boolean;
      held: boolean;
      free: boolean;
    }>(
      `with beat as (
         update $log.log_members set heartbeat_at = clock_timestamp() where group_id = $1 and member = $2 returning member
       ), living as (
         select member from $log.log_members
         where group_id = $1 and (heartbeat_at > clock_timestamp() - make_interval(secs => $3) or member = $2)
       )
       select exists (select from beat) as alive,
         (select count(*) from living) < (select count(*) from $log.log_members where group_id = $1)
           or bool_or(c.wanted is null) over () as unsettled,
         c.partition, c.epoch, c.committed,
         coalesce(c.wanted = $2, false) as mine, coalesce(c.owner = $2, false) as held,
         c.owner is null or c.owner not in (select member from living)
           or c.wanted_since < clock_timestamp() - make_interval(secs => $4) as free
       from $log.log_claims c where c.group_id = $1 order by c.partition`,
      [this.groupId, member, this.times.sessionMs / 1_000, this.times.handOverMs / 1_000],
    );
    return {
      alive: claims[0]?.alive ?? false,
      unsettled: claims[0]?.unsettled ?? false,
      claims: claims.map((claim) => ({ ...claim, committed: BigInt(claim.committed) })),
    };
  }

  /** Takes partitions that are this member's to have and that are free, under a new epoch. */
  async claim(member: string): Promise<{ partition: number; epoch: number; committed: bigint }[]> {
    return this.locked(async (query) => {
      const claimed = await query<{ partition: number; epoch: number; committed: string }>(
        `update $log.log_claims c set owner = $2, epoch = g.epoch + 1 from $log.log_groups g
         where g.id = $1 and c.group_id = $1 and c.wanted = $2 and c.owner is distinct from $2
           and exists (select from $log.log_members m where m.group_id = $1 and m.member = $2)
           and (c.owner is null
             or not exists (select from $log.log_members m where m.group_id = $1 and m.member = c.owner
               and m.heartbeat_at > clock_timestamp() - make_interval(secs => $3))
             or c.wanted_since < clock_timestamp() - make_interval(secs => $4))
         returning c.partition, c.epoch, c.committed`,
        [this.groupId, member, this.times.sessionMs / 1_000, this.times.handOverMs / 1_000],
      );
      if (claimed.length > 0) {
        await query(`update $log.log_groups set epoch = epoch + 1 where id = $1`, [this.groupId]);
      }
      return claimed.map((claim) => ({ ...claim, committed: BigInt(claim.committed) }));
    });
  }

  /** Lets partitions go; whoever shall have them is told. */
  async release(member: string, partitions: readonly number[]): Promise<void> {
    await this.sql.query(
      `with released as (
         update $log.log_claims set owner = null where group_id = $1 and owner = $2 and partition = any($3) returning 1
       ) select pg_notify($4, $5) where exists (select from released)`,
      [this.groupId, member, arrayOf(partitions), ...this.notification()],
    );
  }

  /** False when the partition has another owner, or this one under a later epoch. Never moves backwards. */
  async commit(member: string, partition: number, epoch: number, offset: bigint): Promise<boolean> {
    const rows = await this.sql.query(
      `update $log.log_claims set committed = greatest(committed, $5)
       where group_id = $1 and partition = $2 and owner = $3 and epoch = $4 returning partition`,
      [this.groupId, partition, member, epoch, offset],
    );
    return rows.length > 0;
  }

  async lag(): Promise<ReadonlyMap<number, bigint>> {
    const rows = await this.sql.query<{ partition: number; lag: string }>(
      `select partition, p.next_offset - greatest(c.committed, p.first_offset) as lag
       from $log.log_claims c join $log.log_partitions p using (partition)
       where c.group_id = $1 and p.topic_id = $2 order by partition`,
      [this.groupId, this.topic.id],
    );
    return new Map(rows.map(({ partition, lag }) => [partition, BigInt(lag)]));
  }

  /** Is this a notification of this group? */
  isAbout(payload: string): boolean {
    return payload === `g${this.groupId}`;
  }

  /** One change of the group at a time. */
  private locked<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.sql.transaction(async (query) => {
      await query(`select 1 from $log.log_groups where id = $1 for update`, [this.groupId]);
      return work(query);
    });
  }

  private async share(query: Query): Promise<void> {
    await query(
      `delete from $log.log_members where group_id = $1 and heartbeat_at < clock_timestamp() - make_interval(secs => $2)`,
      [this.groupId, this.times.sessionMs / 1_000],
    );
    const members = await query<{ member: string }>(
      `select member from $log.log_members where group_id = $1 order by joined_at, member`,
      [this.groupId],
    );
    const claims = await query<Claim>(
      `select partition, wanted from $log.log_claims where group_id = $1 order by partition`,
      [this.groupId],
    );
    const changes = shareOut(
      claims,
      members.map(({ member }) => member),
    );
    for (const [member, partitions] of Map.groupBy(changes.keys(), (partition) => changes.get(partition)!)) {
      await query(
        `update $log.log_claims set wanted = $2, wanted_since = clock_timestamp()
         where group_id = $1 and partition = any($3)`,
        [this.groupId, member, arrayOf(partitions)],
      );
    }
    await query(`select pg_notify($1, $2)`, this.notification());
  }

  private notification(): [channel: string, payload: string] {
    return [`log_${this.sql.schema}`, `g${this.groupId}`];
  }
}
