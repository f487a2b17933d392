import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColumns } from '../columns.clickhouse';
import { startColumnsServer } from '../supervisor';
import { columnsContract } from './columns.contract';
import { silent } from './contract-failures';

columnsContract('the columns server', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'columns-'));
  const server = await startColumnsServer({ dataDir, log: silent });
  return {
    ...server,
    pid: server.pid,
    columns: createColumns({ ...server, log: silent }),
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});
