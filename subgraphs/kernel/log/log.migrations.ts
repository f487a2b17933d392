import { sqlMigration, type MigrationClass } from '../database/migrations';

/**
 * The tables of the log on PostgreSQL, in a schema of their own (`openDatabase({ schema: 'log', migrations: logMigrations })`). Records of
 * all tenants share a partition, each with its tenant; only the kernel's adapter has access, so there is no tenant wall here.
 */
const createLog = sqlMigration(
  1_764_000_000_000,
  'CreateLog',
  `
  create table log_topics (
    id int generated always as identity primary key,
    name text not null unique,
    retention_ms bigint
  );
  create table log_partitions (
    topic_id int not null references log_topics,
    partition int not null,
    first_offset bigint not null default 0,
    next_offset bigint not null default 0,
    primary key (topic_id, partition)
  ) with (fillfactor = 20); -- updated by each append: room for the new versions on the same page
  create table log_records (
    topic_id int not null,
    partition int not null,
    "offset" bigint not null,
    tenant_id uuid not null,
    body text not null, -- JSON text [key, value, headers]: jsonb would refuse \\u0000 and change numbers
    created_at timestamptz not null,
    primary key (topic_id, partition, "offset")
  ) with (autovacuum_vacuum_insert_scale_factor = 0.5);

  -- Dense offsets in commit order: the partitions' rows stay locked until the appending transaction ends, and are locked in order, so
  -- that appenders never wait in a circle. Rows come as parallel arrays; bodies are separated by a character JSON text cannot contain.
  create function log_append(
    p_topic int, p_partitions int[], p_counts int[],
    p_slots int[], p_places int[], p_tenants uuid[], p_bodies text, p_at timestamptz
  ) returns bigint[] language plpgsql set search_path from current as $$
  declare
    bases bigint[];
  begin
    select array_agg(l.next_offset order by l.partition) into bases from (
      select partition, next_offset from log_partitions
      where topic_id = p_topic and partition = any(p_partitions) order by partition for update
    ) l;
    if cardinality(bases) is distinct from cardinality(p_partitions) then
      raise exception 'no such partition of topic %', p_topic;
    end if;
    insert into log_records (topic_id, partition, "offset", tenant_id, body, created_at)
      select p_topic, p_partitions[r.slot], bases[r.slot] + r.place, r.tenant_id, r.body, p_at
      from unnest(p_slots, p_places, p_tenants, string_to_array(p_bodies, E'\\x1e')) as r(slot, place, tenant_id, body);
    update log_partitions p set next_offset = p.next_offset + c.appended
      from unnest(p_partitions, p_counts) as c(partition, appended)
      where p.topic_id = p_topic and p.partition = c.partition;
    perform pg_notify('log_' || current_schema(), 'a' || p_topic);
    return bases;
  end $$;

  -- Removes at most p_batch records from the beginning of a partition, as far as they are older than the cutoff.
  create function log_sweep(p_topic int, p_partition int, p_cutoff timestamptz, p_batch int)
  returns int language plpgsql set search_path from current as $$
  declare
    first_kept bigint;
    removed int;
  begin
    select coalesce(min(r."offset") filter (where r.created_at >= p_cutoff), max(r."offset") + 1) into first_kept from (
      select "offset", created_at from log_records
      where topic_id = p_topic and partition = p_partition order by "offset" limit p_batch
    ) r;
    if first_kept is null then return 0; end if;
    delete from log_records where topic_id = p_topic and partition = p_partition and "offset" < first_kept;
    get diagnostics removed = row_count;
    if removed > 0 then
      update log_partitions set first_offset = greatest(first_offset, first_kept)
        where topic_id = p_topic and partition = p_partition;
    end if;
    return removed;
  end $$;

  create table log_groups (
    id int generated always as identity primary key,
    name text not null,
    topic_id int not null references log_topics,
    epoch int not null default 0,
    unique (name, topic_id)
  );
  create table log_members (
    group_id int not null references log_groups,
    member uuid not null,
    joined_at timestamptz not null,
    heartbeat_at timestamptz not null,
    primary key (group_id, member)
  ) with (fillfactor = 50);
  -- "wanted" is who shall have the partition, "owner" who has it: a partition is handed over when its owner has let go.
  create table log_claims (
    group_id int not null references log_groups,
    partition int not null,
    committed bigint not null,
    wanted uuid,
    wanted_since timestamptz,
    owner uuid,
    epoch int not null default 0,
    primary key (group_id, partition)
  ) with (fillfactor = 50);
`,
);

export const logMigrations: readonly MigrationClass[] = [createLog];
