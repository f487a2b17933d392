import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Columns } from '../../kernel/columns/columns';
import { DomainError } from '../../kernel/errors';
import { malformedParquet } from '../formats/parquet-file';
import type { FileSource } from '../formats/rows';
import type { LoadOptions } from './load-rows';
import type { Progress } from './progress';
import { roughCount } from './table';

const POLL_MS = 500;

/** Hands the file's bytes to ClickHouse, which reads Parquet by itself; its rows are counted from outside meanwhile. */
export async function loadParquet(
  engine: Columns,
  source: FileSource,
  progress: Progress,
  options: LoadOptions,
): Promise<void> {
  const { counts } = progress;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const counter = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      counts.bytesDone += bytes.length;
      done(null, bytes);
    },
  });
  const watching = watch(engine, options.table, progress, signal).catch((error: unknown) => over.abort(error));
  try {
    const sent = pipeline(await source.open(), counter, { signal });
    const inserted = engine.insertStream(options.table, 'Parquet', counter, {
      token: options.token,
      columns: options.columns,
      signal,
    });
    const [{ rowsWritten }] = await Promise.all([inserted, sent]);
    counts.rowsRead = counts.rowsLoaded = rowsWritten;
  } catch (error) {
    // What the watcher met (the run was cancelled) is the cause; the broken insert only its effect.
    throw over.signal.aborted ? over.signal.reason : unreadable(error);
  } finally {
    over.abort();
    counter.destroy();
    await watching;
  }
}

/** The engine could do it for other files: what it could not read is this one. */
const unreadable = (error: unknown): unknown =>
  error instanceof DomainError && error.code === 'INTERNAL' ? malformedParquet(error.cause ?? error) : error;

async function watch(engine: Columns, table: string, progress: Progress, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const rows = await roughCount(engine, table);
    if (signal.aborted) return;
    progress.counts.rowsLoaded = progress.counts.rowsRead = rows;
    await progress.tick();
  }
}
