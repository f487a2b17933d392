import type { EntityManager } from 'typeorm';
import type { DatasetField } from '../datasets/dataset';
import { hint, nearNames } from '../query/near-names';

export interface EventSchema {
  datasetId: string;
  fields: ReadonlyMap<string, DatasetField>;
}

/** Why a dataset takes no events. */
export interface NoSchema {
  code: 'NOT_FOUND' | 'INVALID_INPUT';
  message: string;
}

/** The schemas of the tenant's datasets with these names, from the local projection; for each name that has none, why. */
export async function eventSchemas(
  tx: EntityManager,
  tenantId: string,
  names: readonly string[],
): Promise<Map<string, EventSchema | NoSchema>> {
  const rows = (await tx.query(
    `select dataset_id, name, kind, fields from datasets where tenant_id = $1 and name = any($2)`,
    [tenantId, names],
  )) as { dataset_id: string; name: string; kind: 'TABLE' | 'EVENTS'; fields: DatasetField[] }[];
  const schemas = new Map<string, EventSchema | NoSchema>();
  for (const row of rows) {
    schemas.set(
      row.name,
      row.kind === 'EVENTS'
        ? { datasetId: row.dataset_id, fields: new Map(row.fields.map((field) => [field.name, field])) }
        : {
            code: 'INVALID_INPUT',
            message: `"${row.name}" is filled by imports. Send events to a dataset made for them.`,
          },
    );
  }
  const missing = names.filter((name) => !schemas.has(name));
  if (missing.length === 0) return schemas;
  const known = (await tx.query(
    `select name from datasets where tenant_id = $1 and kind = 'EVENTS' order by name limit 200`,
    [tenantId],
  )) as { name: string }[];
  const candidates = known.map(({ name }) => name);
  for (const name of missing) {
    const shown = name.slice(0, 100);
    const message = `There is no event dataset "${shown}" here.${hint(nearNames(name, candidates), candidates)}`;
    schemas.set(name, { code: 'NOT_FOUND', message });
  }
  return schemas;
}
