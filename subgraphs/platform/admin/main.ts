import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { StartError } from '../../kernel/database/start-error';
import { FieldType } from '../../kernel/graphql/shared-types';
import { run } from '../run';
import { importFile } from './import-file';

const USAGE = `Usage: npm run admin -- import --tenant <tenant id> --file <path> --name <dataset> [--label <text>] [--format CSV|JSON|NDJSON|PARQUET]
                                [--field <name>:<TYPE>[:required] …]

Loads a file of this machine into a dataset of a workspace, with no limit to its size. It works beside a running product and without one.
TYPE is one of ${Object.values(FieldType).join(', ')}; without --field the types are inferred. An existing dataset gets a new version.`;

const FORMATS = ['CSV', 'JSON', 'NDJSON', 'PARQUET'] as const;

void run('admin', async (log, lifecycle) => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      file: { type: 'string' },
      name: { type: 'string' },
      label: { type: 'string' },
      format: { type: 'string' },
      field: { type: 'string', multiple: true },
    },
  });
  const { tenant, file, name } = values;
  if (positionals[0] !== 'import' || !tenant || !file || !name) throw new StartError(USAGE);
  const format = values.format ? FORMATS.find((known) => known === values.format) : undefined;
  if (values.format && !format) throw new StartError(`--format is one of ${FORMATS.join(', ')}`);

  const ended = await importFile(
    { tenantId: tenant, path: file, name, label: values.label, format, fields: values.field?.map(toField) },
    log,
    lifecycle,
  );
  process.stdout.write(
    `${ended.status}: ${ended.rowsLoaded} rows loaded, ${ended.rowsRejected} rejected${ended.errorMessage ? `; ${ended.errorMessage}` : ''}\n`,
  );
  await lifecycle.stop();
  process.exit(ended.status === 'SUCCEEDED' ? 0 : 1);
});

function toField(text: string): { name: string; type: FieldType; nullable: boolean } {
  const [name = '', type = '', flag] = text.split(':');
  const known = Object.values(FieldType).find((each) => String(each) === type);
  if (!name || !known)
    throw new StartError(`--field ${text}: write name:TYPE with TYPE one of ${Object.values(FieldType).join(', ')}`);
  return { name, type: known, nullable: flag !== 'required' };
}
