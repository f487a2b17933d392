import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DATABASE } from '../run/table';
import type { TestActor, World } from './world';

const RUN_FIELDS = `id status format fileName rowsRead rowsLoaded rowsRejected fileRows reconciled errorCode errorMessage
  startedBy { id } progress { stage rowsDone bytesDone bytesTotal percent }
  dataset { id name label version rowCount fields { name type nullable source } }
  rejections(first: 50) { edges { node { line column reason raw } } pageInfo { hasNextPage } }`;

export interface RunView {
  id: string;
  status: string;
  format: string;
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  fileRows: number | null;
  reconciled: boolean | null;
  errorCode: string | null;
  errorMessage: string | null;
  startedBy: { id: string } | null;
  progress: { stage: string; percent: number | null };
  dataset: {
    id: string;
    name: string;
    label: string;
    version: number;
    rowCount: number | null;
    fields: { name: string; type: string }[];
  };
  rejections: {
    edges: { node: { line: number; column: string | null; reason: string; raw: string } }[];
    pageInfo: { hasNextPage: boolean };
  };
}

const IMPORT = `mutation($input: ImportDatasetInput!) { importDataset(input: $input) { importRun { id } userErrors { code field message } } }`;
export const CANCEL = `mutation($id: ID!) { cancelImport(input: {id: $id}) { importRun { status } userErrors { code message } } }`;

/** Starts an import and answers the payload. */
export async function startImport(actor: TestActor, input: Record<string, unknown>) {
  const { data, errors } = await actor.run(IMPORT, { input });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data.importDataset as {
    importRun: { id: string } | null;
    userErrors: { code: string; field: string[]; message: string }[];
  };
}

/** Uploads and imports a text, and waits for the end. */
export async function importText(
  actor: TestActor,
  name: string,
  text: string | Buffer,
  input: Record<string, unknown> = {},
): Promise<RunView> {
  const upload = await actor.upload(name, text);
  if (upload.status !== 201) throw new Error(JSON.stringify(upload.body));
  const { importRun, userErrors } = await startImport(actor, { fileId: upload.body.data.fileId, name: 'it', ...input });
  if (!importRun) throw new Error(JSON.stringify(userErrors));
  return untilEnded(actor, importRun.id);
}

export async function readRun(actor: TestActor, id: string): Promise<RunView> {
  const { data, errors } = await actor.run(`query($id: ID!) { importRun(id: $id) { ${RUN_FIELDS} } }`, { id });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data.importRun as RunView;
}

export async function untilEnded(actor: TestActor, id: string, limitMs?: number): Promise<RunView> {
  return until(async () => {
    const run = await readRun(actor, id);
    return run.status === 'QUEUED' || run.status === 'RUNNING' ? null : run;
  }, limitMs);
}

/** Asks again and again until there is an answer, for at most `limitMs`. */
export async function until<T>(ask: () => Promise<T | null | false | undefined>, limitMs = 30_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`it did not happen in ${limitMs} ms`);
    await sleep(50);
  }
}

/** Rows of the dataset's published table, in the order given. */
export async function rowsOf(
  world: Pick<World, 'runtime'>,
  actor: TestActor,
  name = 'it',
  order = 'all',
): Promise<Record<string, unknown>[]> {
  const table = await tableOf(world, actor, name);
  const sql = `select * except tenant_id from ${table} where tenant_id = {tenant: UUID} order by ${order}`;
  const row = z.record(z.string(), z.unknown());
  return (await world.runtime.stores.columns.query({ name: 'test', sql, row }, { tenant: actor.tenantId })).rows;
}

export async function tableOf(world: Pick<World, 'runtime'>, { tenantId }: TestActor, name = 'it'): Promise<string> {
  const [row] = (await inTenant(world, tenantId, `select table_name from dataset where name = $1`, [name])) as {
    table_name: string;
  }[];
  if (!row?.table_name) throw new Error(`${name} has no table`);
  return row.table_name;
}

export const inTenant = (
  world: Pick<World, 'runtime'>,
  tenantId: string,
  sql: string,
  params: unknown[] = [],
): Promise<unknown> => world.runtime.stores.database.withTenant({ tenantId }, (tx) => tx.query(sql, params));

/** The names of a dataset's tables that the engine has. */
export async function engineTables(world: Pick<World, 'runtime'>, datasetId: string): Promise<string[]> {
  const sql = `select name from system.tables where database = {database: String} and startsWith(name, {prefix: String}) order by name`;
  const prefix = `ds_${datasetId.replaceAll('-', '')}_`;
  const query = { name: 'test', sql, row: z.object({ name: z.string() }) };
  const { rows } = await world.runtime.stores.columns.query(query, { database: DATABASE, prefix });
  return rows.map(({ name }) => name.slice(prefix.length));
}

/** What went into the outbox for a tenant: domain events and audit records, oldest first. */
export async function outbox(world: Pick<World, 'runtime'>, tenantId: string, type: string): Promise<any[]> {
  const rows = (await inTenant(world, tenantId, `select payload from outbox where type = $1 order by id`, [type])) as {
    payload: unknown;
  }[];
  return rows.map(({ payload }) => payload);
}
