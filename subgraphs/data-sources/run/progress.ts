import type { SubgraphRuntime } from '../../kernel/subgraph';
import { clip, type RejectedRow } from '../formats/rows';
import type { Attempt } from './attempt';

const INTERVAL_MS = 500;
/** Rejections kept of one run; all are counted. */
export const REJECTIONS_KEPT = 1_000;

export const importChannel = (tenantId: string, runId: string) => ({ tenantId, topic: `import.${runId}` });

/** The attempt is not the run's any more: cancelled, deleted, or taken over by a later one. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

export interface Counts {
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  fileRows: number | null;
  bytesDone: number;
}

/** Writes an attempt's progress to its run, at most twice a second, and tells who watches. */
export class Progress {
  readonly counts: Counts = { rowsRead: 0, rowsLoaded: 0, rowsRejected: 0, fileRows: null, bytesDone: 0 };
  stage = 'opening';
  private pending: RejectedRow[] = [];
  private kept = 0;
  private writtenAt = 0;

  constructor(
    private readonly runtime: SubgraphRuntime,
    private readonly attempt: Attempt,
  ) {}

  reject(rows: readonly RejectedRow[]): void {
    this.counts.rowsRejected += rows.length;
    this.pending.push(...rows.slice(0, REJECTIONS_KEPT - this.kept - this.pending.length));
  }

  async enter(stage: string): Promise<void> {
    this.stage = stage;
    await this.write();
  }

  /** Cheap to call after each chunk. Throws `Superseded` when the run is not this attempt's any more. */
  async tick(): Promise<void> {
    if (performance.now() - this.writtenAt >= INTERVAL_MS) await this.write();
  }

  async write(): Promise<void> {
    const { tenantId, id } = this.attempt.run;
    const { counts } = this;
    const rejections = this.pending;
    this.pending = [];
    this.writtenAt = performance.now();
    await this.runtime.stores.database.withTenant({ tenantId }, async (tx) => {
      const [rows] = (await tx.query(
        `update import_run set stage = $4, rows_read = $5, rows_loaded = $6, rows_rejected = $7, file_rows = $8, bytes_done = $9,
           heartbeat_at = $10
         where tenant_id = $1 and id = $2 and attempt = $3 and status = 'RUNNING' returning id`,
        [
          tenantId,
          id,
          this.attempt.number,
          this.stage,
          counts.rowsRead,
          counts.rowsLoaded,
          counts.rowsRejected,
          counts.fileRows,
          counts.bytesDone,
          this.runtime.clock.now(),
        ],
      )) as [unknown[], number];
      if (rows.length === 0) throw new Superseded();
      if (rejections.length > 0) {
        await tx.query(
          `insert into import_rejection (tenant_id, run_id, position, line, "column", reason, raw)
           select $1, $2, $3 + row_number() over (order by n), line, col, reason, raw
           from unnest($4::bigint[], $5::text[], $6::text[], $7::text[]) with ordinality as r(line, col, reason, raw, n)`,
          [
            tenantId,
            id,
            this.kept,
            rejections.map(({ line }) => line),
            rejections.map(({ column }) => column),
            rejections.map(({ reason }) => clip(reason, 500)),
            rejections.map(({ raw }) => raw),
          ],
        );
      }
      this.kept += rejections.length;
    });
    await announce(this.runtime, tenantId, id);
  }
}

/** Tells watchers that the run has changed. They read it themselves, so that a lost signal only delays them. */
export async function announce(
  runtime: Pick<SubgraphRuntime, 'stores' | 'logger'>,
  tenantId: string,
  runId: string,
  cancelled = false,
): Promise<void> {
  try {
    await runtime.stores.pubsub.publish(importChannel(tenantId, runId), { cancelled });
  } catch (error) {
    runtime.logger.debug({ err: error }, 'signal lost');
  }
}
