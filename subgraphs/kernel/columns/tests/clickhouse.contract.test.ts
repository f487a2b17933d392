import { createColumns } from '../columns.clickhouse';
import { columnsContract } from './columns.contract';
import { silent } from './contract-failures';

const address = process.env.CLICKHOUSE_URL;

if (address) {
  columnsContract('ClickHouse', async () => {
    const { origin, username, password } = new URL(address);
    const credentials = {
      url: origin,
      username: decodeURIComponent(username) || 'default',
      password: decodeURIComponent(password),
    };
    return { ...credentials, columns: createColumns({ ...credentials, log: silent }), stop: async () => undefined };
  });
} else {
  test.skip('skipped: no ClickHouse at CLICKHOUSE_URL', () => undefined);
}
