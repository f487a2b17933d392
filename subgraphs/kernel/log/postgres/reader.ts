import type { StoredRecord } from '../log';
import { decodeBody } from '../record';
import type { Sql } from './sql';
import type { Topic } from './topics';

interface RecordRow {
  offset: string;
  tenant_id: string;
  body: string;
  created_at: Date;
}

/**
 * Records of a partition in offset order from `from` on, at most `limit`, and at most about `maxBytes` of them but always one, if there
 * is one. Where retention has removed the first ones it begins with what is left.
 */
export async function readRecords(
  sql: Sql,
  topic: Topic,
  partition: number,
  from: bigint,
  limit: number,
  maxBytes?: number,
): Promise<StoredRecord[]> {
  const slice = `select "offset", tenant_id, body, created_at from $log.log_records
    where topic_id = $1 and partition = $2 and "offset" >= $3 order by "offset" limit $4`;
  const bounded = `select "offset", tenant_id, body, created_at from (
      select *, octet_length(body) as size, sum(octet_length(body)) over (order by "offset") as total from (${slice}) s
    ) b where total - size < $5 order by "offset"`;
  const values = [topic.id, partition, from, limit];
  const rows = await sql.query<RecordRow>(
    maxBytes === undefined ? slice : bounded,
    maxBytes === undefined ? values : [...values, maxBytes],
  );
  return rows.map((row) =>
    decodeBody(row.body, {
      topic: topic.name,
      partition,
      offset: BigInt(row.offset),
      tenantId: row.tenant_id,
      timestamp: row.created_at,
    }),
  );
}
