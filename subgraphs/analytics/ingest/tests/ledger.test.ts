import { openDatabase, type Database } from '../../../kernel/database/database';
import { newId } from '../../../kernel/ids';
import { StaleEpochError } from '../../../kernel/log/log';
import { createTestDatabase, testSecrets, type TestDatabase } from '../../../kernel/testing/postgres';
import { createIngest } from '../ingest.migration';
import { Ledger } from '../ledger';

let server: TestDatabase;
let database: Database;
let ledger: Ledger;
beforeAll(async () => {
  server = await createTestDatabase();
  const { adminUrl } = server;
  database = await openDatabase({ adminUrl, schema: 'analytics', secrets: testSecrets, migrations: [createIngest] });
  ledger = new Ledger(database);
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

let partitions = 0;
const owner = (epoch: number, partition = partitions) => ({ topic: 't', partition, epoch });
beforeEach(() => void partitions++);
const HOUR = 3_600_000;

it('begins where the batch begins, then goes on from range to range', async () => {
  expect(await ledger.takeOver(owner(1), 40n)).toEqual({ next: 40n, open: null });
  const range = await ledger.plan(owner(1), 40n, 50n, []);
  expect(range).toEqual({ from: 40n, to: 50n, dropped: new Set() });
  await ledger.close(owner(1), range);
  expect(await ledger.takeOver(owner(1), 0n)).toEqual({ next: 50n, open: null });
  expect((await ledger.vector('t'))[String(partitions)]).toBe('50');
});

it('hands the open range to the successor, and refuses the predecessor from then on', async () => {
  await ledger.takeOver(owner(1), 0n);
  const range = await ledger.plan(owner(1), 0n, 10n, []);
  await expect(ledger.plan(owner(1), 0n, 5n, [])).rejects.toThrow(StaleEpochError); // one range at a time
  expect(await ledger.takeOver(owner(2), 7n)).toEqual({ next: 0n, open: range });
  await expect(ledger.close(owner(1), range)).rejects.toThrow(StaleEpochError);
  await expect(ledger.takeOver(owner(1), 0n)).rejects.toThrow(StaleEpochError);
  await ledger.close(owner(2), range);
  await expect(ledger.plan(owner(1), 10n, 20n, [])).rejects.toThrow(StaleEpochError);
  await expect(ledger.plan(owner(2), 5n, 20n, [])).rejects.toThrow(StaleEpochError); // done already
  expect(await ledger.plan(owner(2), 12n, 20n, [])).toMatchObject({ from: 12n }); // 10 and 11 are gone from the log
});

it('gives an id to the first place it is planned at, for a day, and repeats its judgement', async () => {
  const tenantId = newId();
  const id = (offset: bigint, key: string, at: number, tenant = tenantId) => ({ tenantId: tenant, key, offset, at });
  const [a, b] = [newId(), newId()];
  await ledger.takeOver(owner(1), 0n);
  const first = await ledger.plan(owner(1), 0n, 5n, [
    id(0n, a, HOUR),
    id(1n, b, HOUR),
    id(3n, a, HOUR),
    id(4n, a, HOUR, newId()),
  ]);
  expect(first.dropped).toEqual(new Set([3n]));
  expect((await ledger.takeOver(owner(2), 0n)).open).toEqual(first);
  await ledger.close(owner(2), first);
  const second = await ledger.plan(owner(2), 5n, 8n, [
    id(5n, a, 24 * HOUR),
    id(6n, b, 26 * HOUR),
    id(7n, b, 26 * HOUR),
  ]);
  expect(second.dropped).toEqual(new Set([5n, 7n]));
  await ledger.forgetIds(new Date(100 * HOUR), 10_000);
  expect((await ledger.takeOver(owner(3), 0n)).open).toEqual(second); // also when the ids are forgotten by then
});

it('is closed to requests of tenants', async () => {
  const tenantId = newId();
  await expect(database.withTenant({ tenantId }, (tx) => tx.query('select * from ingest_ledger'))).rejects.toThrow(
    'denied',
  );
  await ledger.takeOver(owner(1), 0n);
  await ledger.plan(owner(1), 0n, 1n, [{ tenantId, key: newId(), offset: 0n, at: HOUR }]);
  const seen = (who: string) => database.withTenant({ tenantId: who }, (tx) => tx.query('select 1 from seen_event'));
  expect(await seen(tenantId)).toHaveLength(1);
  expect(await seen(newId())).toHaveLength(0);
});
