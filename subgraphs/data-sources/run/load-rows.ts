import type { Columns } from '../../kernel/columns/columns';
import type { Cell, RowChunk } from '../formats/rows';
import type { Progress } from './progress';

const BATCH_ROWS = 20_000;
/** A batch of wide rows is cut earlier, so that memory stays bounded whatever the file. */
const BATCH_BYTES = 8 * 1024 * 1024;

export interface LoadOptions {
  table: string;
  /** Of the run and the attempt; each batch adds its number. An insert whose answer was lost can be repeated without harm. */
  token: string;
  columns: readonly string[];
  signal: AbortSignal;
}

/** Inserts the rows as they are read, one batch under way while the next is being read. */
export async function loadRows(
  engine: Columns,
  chunks: AsyncIterable<RowChunk>,
  progress: Progress,
  options: LoadOptions,
): Promise<void> {
  let batch: Record<string, Cell>[] = [];
  let bytes = 0;
  let number = 0;
  let underWay: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const rows = batch;
    batch = [];
    bytes = 0;
    await underWay;
    options.signal.throwIfAborted();
    if (rows.length === 0) return;
    const token = `${options.token}:${number++}`;
    underWay = engine
      .insert(options.table, rows, { token, columns: options.columns, signal: options.signal })
      .then(() => void (progress.counts.rowsLoaded += rows.length));
    // Its failure is met by the next flush; until then it must not count as unhandled.
    underWay.catch(() => undefined);
  };

  for await (const chunk of chunks) {
    options.signal.throwIfAborted();
    progress.counts.rowsRead += chunk.read;
    progress.counts.bytesDone += chunk.bytes;
    progress.reject(chunk.rejected);
    bytes += chunk.bytes;
    for (const row of chunk.rows) {
      batch.push(row);
      if (batch.length >= BATCH_ROWS) await flush();
    }
    if (bytes >= BATCH_BYTES) await flush();
    await progress.tick();
  }
  await flush();
  await underWay;
}
