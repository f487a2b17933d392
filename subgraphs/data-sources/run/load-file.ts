import type { SubgraphRuntime } from '../../kernel/subgraph';
import { locateAll, readCsv } from '../formats/csv';
import { assertWidth, discover, type Discovery } from '../formats/discover';
import { locateKeys, readJson } from '../formats/json';
import { isNative, planParquet, readParquet } from '../formats/parquet';
import { openParquet } from '../formats/parquet-file';
import type { ColumnPlan, FileSource, RowChunk } from '../formats/rows';
import { readSample } from '../formats/sample';
import { toColumnPlan } from '../fields';
import type { Attempt } from './attempt';
import { loadParquet } from './load-parquet';
import { loadRows, type LoadOptions } from './load-rows';
import type { Progress } from './progress';
import { createTable } from './table';

/** Makes the attempt's table and loads the file into it. Answers the plan that was used. Nothing is loaded when the plan does not fit the file. */
export async function loadFile(
  runtime: SubgraphRuntime,
  attempt: Attempt,
  source: FileSource,
  progress: Progress,
  signal: AbortSignal,
): Promise<ColumnPlan[]> {
  const { run, dataset, table } = attempt;
  const { columns } = runtime.stores;
  await progress.enter('reading the schema');
  const discovery = await discover(source, run.format);
  const declared = run.fields ?? (dataset.fields.length > 0 ? dataset.fields : null);
  if (!declared) assertWidth(discovery);
  const plan = declared ? fit(toColumnPlan(declared), discovery) : discovery.columns;

  await createTable(columns, table, run.tenantId, plan);
  await progress.enter('loading');
  const options: LoadOptions = {
    table,
    token: `${run.id}:${attempt.number}`,
    columns: plan.map(({ name }) => name),
    signal,
  };
  if (run.format === 'PARQUET') {
    const file = await openParquet(source);
    progress.counts.fileRows = file.rowCount;
    const located = planParquet(plan, file);
    if (isNative(located, file)) await loadParquet(columns, source, progress, options);
    else await loadRows(columns, readParquet(source, file, located), progress, options);
  } else {
    await loadRows(columns, await textRows(run.format, source, plan), progress, options);
    progress.counts.fileRows = progress.counts.rowsRead;
  }
  return plan;
}

async function textRows(
  format: 'CSV' | 'JSON' | 'NDJSON',
  source: FileSource,
  plan: readonly ColumnPlan[],
): Promise<AsyncIterable<RowChunk>> {
  const sample = await readSample(source, 256 * 1024);
  return format === 'CSV' ? readCsv(source, plan, sample) : readJson(source, format, plan, sample);
}

/** The plan with the file's own labels as sources, or MISSING_COLUMN. */
function fit(plan: readonly ColumnPlan[], { format, labels, wholeFile }: Discovery): ColumnPlan[] {
  if (format === 'JSON' || format === 'NDJSON') return locateKeys(plan, labels, wholeFile);
  const positions = locateAll(plan, labels);
  return plan.map((column, index) => ({ ...column, source: labels[positions[index]!]! }));
}
