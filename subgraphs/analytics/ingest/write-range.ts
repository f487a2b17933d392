import type { Columns } from '../../kernel/columns/columns';
import { TOPICS, type EventLog } from '../../kernel/log/log';
import type { Logger } from '../../kernel/logger';
import type { ProcessedEvents } from '../events';
import { dataFault } from './data-fault';
import { ensureApplied, EVENTS_TABLE } from './ensure-applied';
import type { OpenRange } from './ledger';
import { splitRange, type Decoded, type PlannedInsert, type Unreadable } from './split-range';

export const DEAD_TOPIC = `${TOPICS.rawEvents.name}.dead`;
/** An insert is given up after this time and repeated under the same token; the tables remember tokens for longer. */
const INSERT_TIMEOUT_MS = 60_000;

export interface WriteDeps {
  log: Pick<EventLog, 'append'>;
  columns: Pick<Columns, 'insert' | 'query' | 'command'>;
  /** This range may have been written before: the tokens alone are not believed. */
  repeating: boolean;
  /** The version vector once this range is in. */
  vector(): Promise<Record<string, string>>;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Writes a planned range: its inserts, what cannot be inserted to the dead-letter topic, and the news of it to `processed-events`. It may
 * be repeated as often as needed: the inserts are applied once, the rest at least once.
 */
export async function writeRange(deps: WriteDeps, range: OpenRange, decoded: readonly Decoded[]): Promise<void> {
  const { inserts, unreadable, touched } = splitRange(range, decoded);
  const dead: Unreadable[] = [...unreadable];
  for (const insert of inserts) dead.push(...(await insertOnce(deps, insert)));
  if (dead.length > 0) {
    await deps.log.append(
      DEAD_TOPIC,
      dead.map(({ record, reason }) => ({
        tenantId: record.tenantId,
        key: record.key,
        value: record.value,
        headers: { ...record.headers, reason, position: `${record.partition}:${record.offset}` },
      })),
    );
  }
  if (touched.length === 0) return;
  const versionVector = await deps.vector();
  await deps.log.append(
    TOPICS.processedEvents.name,
    touched.map(({ tenantId, datasetId, windows }) => {
      const value: ProcessedEvents = { tenantId, datasetId, windows, versionVector };
      return { tenantId, key: datasetId, value };
    }),
  );
}

/**
 * Inserts rows under their token. When the engine cannot read one of them, nothing of the insert was applied, now or earlier, since the same
 * rows fail always: the halves go by themselves, under tokens of their own, down to the rows that cannot be read.
 */
async function insertOnce(deps: WriteDeps, { token, rows, records }: PlannedInsert): Promise<Unreadable[]> {
  const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(INSERT_TIMEOUT_MS)]);
  try {
    await deps.columns.insert(EVENTS_TABLE, rows, { token, signal });
  } catch (error) {
    const reason = dataFault(error);
    if (reason === null) throw error;
    if (rows.length === 1) return [{ record: records[0]!, reason }];
    const middle = Math.ceil(rows.length / 2);
    const left = { token: `${token}.0`, rows: rows.slice(0, middle), records: records.slice(0, middle) };
    const right = { token: `${token}.1`, rows: rows.slice(middle), records: records.slice(middle) };
    return [...(await insertOnce(deps, left)), ...(await insertOnce(deps, right))];
  }
  // Outside: a fault of the repair is not the rows', which are in by now and must not go in again by halves.
  if (deps.repeating) await ensureApplied({ ...deps, signal }, { token, rows });
  return [];
}
