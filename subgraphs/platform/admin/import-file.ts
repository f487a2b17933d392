import { parseArgs } from 'node:util';
import { dataSourcesSubgraph, importLocalFile } from '../../data-sources';
import { StartError } from '../../kernel/database/start-error';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { Lifecycle } from '../../kernel/lifecycle';
import type { Logger } from '../../kernel/logger';
import { createSubgraphRuntime } from '../../kernel/subgraph';
import { openDeps } from './open-deps';

const FORMATS = ['CSV', 'JSON', 'NDJSON', 'PARQUET'] as const;
const TYPES = Object.values(FieldType);

export const IMPORT_USAGE = `import --tenant <tenant id> --file <path> --name <dataset> [--label <text>] [--format ${FORMATS.join('|')}]
         [--field <name>:<TYPE>[:required] …]
    Loads a file of this machine into a dataset of a workspace, with no limit to its size. TYPE is one of
    ${TYPES.join(', ')}; without --field the types are inferred. An existing dataset gets a new version.`;

/** Answers whether it succeeded. Works beside a running product and without one. */
export async function importFile(args: string[], log: Logger, lifecycle: Lifecycle): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      tenant: { type: 'string' },
      file: { type: 'string' },
      name: { type: 'string' },
      label: { type: 'string' },
      format: { type: 'string' },
      field: { type: 'string', multiple: true },
    },
  });
  const { tenant: tenantId, file: path, name, label } = values;
  if (!tenantId || !path || !name) throw new StartError(`Usage: npm run admin -- ${IMPORT_USAGE}`);
  const format = FORMATS.find((known) => known === values.format);
  if (values.format && !format) throw new StartError(`--format is one of ${FORMATS.join(', ')}`);
  const fields = values.field?.map(toField);

  const { deps } = await openDeps(log, lifecycle);
  const runtime = await createSubgraphRuntime(dataSourcesSubgraph, deps);
  const run = await importLocalFile(runtime, { tenantId, path, name, label, format, fields });
  const reason = run.errorMessage ? `; ${run.errorMessage}` : '';
  process.stdout.write(`${run.status}: ${run.rowsLoaded} rows loaded, ${run.rowsRejected} rejected${reason}\n`);
  return run.status === 'SUCCEEDED';
}

function toField(text: string): { name: string; type: FieldType; nullable: boolean } {
  const [name = '', type = '', flag] = text.split(':');
  const known = TYPES.find((each) => String(each) === type);
  if (!name || !known) throw new StartError(`--field ${text}: write name:TYPE with TYPE one of ${TYPES.join(', ')}`);
  return { name, type: known, nullable: flag !== 'required' };
}
