import { Pool } from 'pg';
import { newId } from '../../kernel/ids';
import { createPostgresQuota } from '../../kernel/quota/quota.postgres';
import { UNLIMITED, type Quota } from '../../kernel/quota/quota';
import { DEFAULT_LIMITS } from '../limits';
import { startTenantsWorld, type TenantsWorld } from './tenants-world';

let world: TenantsWorld;
let pool: Pool;
let quota: Quota;
beforeAll(async () => {
  world = await startTenantsWorld();
  pool = new Pool({ connectionString: world.runtime.stores.database.appUrl, max: 2 });
  pool.on('error', () => undefined); // dropping the database ends what is idle
  quota = createPostgresQuota({ pool, clock: world.clock });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

it('gives every new tenant its limits, each of its own', async () => {
  const [one, two] = [newId(), newId()];
  await world.provision({ id: one, name: 'One' });
  await world.provision({ id: two, name: 'Two' });
  for (const { resource, amount } of DEFAULT_LIMITS) {
    const first = await quota.reserve(one, resource, amount);
    expect(first).toMatchObject({ granted: true, remaining: 0 });
    expect(await quota.reserve(one, resource, 1)).toMatchObject({ granted: false });
    expect(await quota.reserve(two, resource, 1)).toMatchObject({ granted: true, remaining: amount - 1 });
  }
});

it('leaves a limit that was changed as it is', async () => {
  const id = newId();
  await world.provision({ id, name: 'Changed' });
  await world.rows(`update tenants.quota_limit set amount = 7 where tenant_id = $1 and resource = 'events'`, [id]);
  await world.provision({ id, name: 'Changed' });
  expect(await quota.reserve(id, 'events', 8)).toMatchObject({ granted: false, remaining: 7 });
});

it('counts without limiting where there is no tenant yet', async () => {
  expect(await quota.reserve(newId(), 'events', 1_000)).toMatchObject({ granted: true, remaining: UNLIMITED });
});
