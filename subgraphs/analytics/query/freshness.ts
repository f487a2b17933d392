import { z } from 'zod';
import type { TenantCtx } from '../../kernel/context';
import { fingerprint } from '../../kernel/fingerprint';
import type { DatasetModel } from '../model/model-store';
import { servicesOf } from '../services';
import { millisecondsOf } from './expressions';
import { Params, identifier, tableName } from './sql-parts';

const DAY_SECONDS = 86_400;
const row = z.object({ newest: z.coerce.number().nullable() });

/**
 * Time of the newest fact in a dataset: the latest value of its time field, or the moment it was published when it has none. Computed once
 * per version of the data.
 *
 * @param dataVersion null: do not cache.
 */
export async function freshnessOf(
  ctx: TenantCtx,
  models: DatasetModel,
  dataVersion: string | null,
  signal: AbortSignal,
): Promise<Date | null> {
  const { dataset, model } = models;
  const compiled = newestFact(ctx.tenantId, models);
  if (!compiled) return dataset.publishedAt;
  const { cache, columns } = ctx.stores;
  const key = {
    tenantId: ctx.tenantId,
    kind: 'dataset-freshness',
    key: fingerprint(
      { ...ctx.identity, permissions: [] }, // the same for all who may ask
      {
        operation: 'analytics.freshness',
        variables: [dataset.id, model.timeField],
        ...(dataVersion === null ? {} : { dataVersion }),
      },
    ),
  };
  const compute = async (own: AbortSignal): Promise<number | null> => {
    const query = { name: 'analytics.freshness', sql: compiled.sql, row };
    const { rows } = await columns.query(query, compiled.params, { signal: own });
    return rows[0]?.newest ?? null;
  };
  if (dataVersion === null) return toDate(await compute(signal));
  const known = await cache.get<{ newest: number | null }>(key);
  if (known) return toDate(known.newest);
  // All tiles of a dashboard ask at once.
  const newest = await servicesOf(ctx.stores).flights.run(`freshness ${key.key}`, signal, async (own) => {
    const tags = [`dataset:${dataset.id}`];
    const generations = await cache.generations(ctx.tenantId, tags);
    const found = await compute(own);
    await cache.set(key, { newest: found }, { ttlSeconds: DAY_SECONDS, tags }, generations);
    return found;
  });
  return toDate(newest);
}

function newestFact(tenantId: string, { dataset, model }: DatasetModel) {
  const params = new Params();
  const tenant = params.add(tenantId, 'UUID');
  if (dataset.kind === 'EVENTS') {
    // The end of the primary key: a few rows are read, not the dataset.
    const where = `tenant_id = ${tenant} AND dataset_id = ${params.add(dataset.id, 'UUID')}`;
    const order = 'ORDER BY tenant_id DESC, dataset_id DESC, time DESC LIMIT 1';
    return {
      sql: `SELECT toUnixTimestamp64Milli(time) AS newest FROM \`events\`.\`events\` WHERE ${where} ${order}`,
      params: params.values,
    };
  }
  const field = dataset.fields.find(({ name }) => name === model.timeField);
  if (!field || dataset.table === null) return null;
  const newest = millisecondsOf(`max(${identifier(field.name)})`, field.type);
  const sql = `SELECT ${newest} AS newest FROM ${tableName(dataset.table)} WHERE tenant_id = ${tenant} HAVING count() > 0`;
  return { sql, params: params.values };
}

const toDate = (milliseconds: number | null): Date | null => (milliseconds === null ? null : new Date(milliseconds));
