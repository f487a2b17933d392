import { z } from 'zod';
import { Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { TxCtx } from '../context';
import { sqlMigration, tenantWall } from '../database/migrations';
import { newId } from '../ids';
import { TOPICS, type StoredRecord } from '../log/log';
import { consumeEvents } from '../outbox/consume-events';
import { emitEvent, type DomainEvent } from '../outbox/outbox';
import type { SubgraphDefinition } from '../subgraph';
import { startTestStores, startTestSubgraph, type TestStores, type TestSubgraph } from '../testing/subgraph';
import { defineVerb } from '../verb';

@ObjectType()
class Note {
  @Field(() => ID)
  id!: string;
}

@Resolver()
class NoteResolver {
  @Query(() => Note, { nullable: true })
  note(): Note | null {
    return null;
  }
}

const notes = sqlMigration(
  1_764_000_000_000,
  'CreateNotes',
  `create table notes (tenant_id uuid not null, id uuid not null, n int not null, primary key (tenant_id, id)); ${tenantWall('notes')}
   create table counters (tenant_id uuid not null primary key, n int not null); ${tenantWall('counters')}`,
);

const addNote = defineVerb({
  name: 'notes.add',
  access: 'write:data',
  input: z.object({ n: z.number().int(), fail: z.boolean().optional() }),
  async run(ctx, { n, fail }) {
    const id = newId();
    await ctx.tx.query('insert into notes values ($1, $2, $3)', [ctx.tenantId, id, n]);
    await emitEvent(ctx.tx, { tenantId: ctx.tenantId, key: ctx.tenantId, type: 'note.added', payload: { id, n } });
    if (fail) throw new Error('after the event');
    return { id };
  },
  audit: (input, { id }) => ({ resource: { type: 'note', id }, details: { n: input.n } }),
});

const definition: SubgraphDefinition = {
  name: 'notes',
  entities: [],
  migrations: [notes],
  graphql: { resolvers: [NoteResolver] },
};

let stores: TestStores;
let notesSubgraph: TestSubgraph;

beforeAll(async () => {
  stores = await startTestStores();
  notesSubgraph = await startTestSubgraph(definition, stores);
});

afterAll(() => stores?.close());

async function recordsOf(topic: string, tenantId: string): Promise<StoredRecord[]> {
  const { log } = stores.stores;
  const found: StoredRecord[] = [];
  for (const [partition, { first }] of await log.bounds(topic))
    found.push(...(await log.read(topic, partition, first, 1_000)));
  return found.filter((record) => record.tenantId === tenantId);
}

async function eventually<T>(probe: () => Promise<T>, ok: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await probe();
    if (ok(value) || attempt > 100) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('carries the event and the audit record of a change to the log, in the order of the changes', async () => {
  const { ctx, tenantId, userId } = notesSubgraph.actor('tenant_admin');
  for (let n = 0; n < 5; n++) await addNote(ctx(), { n });
  const events = await eventually(
    () => recordsOf(TOPICS.domainEvents.name, tenantId),
    (found) => found.length >= 5,
  );
  expect(events.map(({ value }) => (value as DomainEvent<{ n: number }>).payload.n)).toEqual([0, 1, 2, 3, 4]);
  const [audit] = await eventually(
    () => recordsOf(TOPICS.auditEvents.name, tenantId),
    (found) => found.length >= 5,
  );
  expect(audit?.value).toMatchObject({
    type: 'audit.recorded',
    payload: {
      action: 'notes.add',
      actor: { kind: 'user', id: userId },
      result: 'success',
      resource: { type: 'note' },
    },
  });
});

it('sends nothing of a change that was rolled back', async () => {
  const { ctx, tenantId } = notesSubgraph.actor('tenant_admin');
  await expect(addNote(ctx(), { n: 1, fail: true })).rejects.toThrow('after the event');
  await addNote(ctx(), { n: 2 });
  const events = await eventually(
    () => recordsOf(TOPICS.domainEvents.name, tenantId),
    (found) => found.length >= 1,
  );
  expect(events.map(({ value }) => (value as DomainEvent<{ n: number }>).payload.n)).toEqual([2]);
});

it('refuses a role without the permission, an anonymous caller and a wrong input, each with its code', async () => {
  const viewer = notesSubgraph.actor('viewer');
  const admin = notesSubgraph.actor('tenant_admin');
  await expect(addNote(viewer.ctx(), { n: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(addNote({ ...admin.ctx(), actor: { kind: 'anonymous' } }, { n: 1 })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  await expect(addNote(admin.ctx(), { n: 1.5 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { field: ['n'] },
  });
});

it('has the effect of an event once, however often it is delivered and however often its handler failed first', async () => {
  const { ctx, tenantId } = notesSubgraph.actor('tenant_admin');
  let failures = 2;
  const count = async ({ tx }: TxCtx) => {
    await tx.query(`insert into counters values ($1, 1) on conflict (tenant_id) do update set n = counters.n + 1`, [
      tenantId,
    ]);
    if (failures-- > 0) throw new Error('not yet');
  };
  const consumer = await consumeEvents(notesSubgraph.runtime, 'counting', {
    'note.added': (at, event) => (event.tenantId === tenantId ? count(at) : Promise.resolve()),
  });
  await addNote(ctx(), { n: 1 });
  const [delivered] = await eventually(
    () => recordsOf(TOPICS.domainEvents.name, tenantId),
    (found) => found.length >= 1,
  );
  // The same event again, as a producer that was not sure would send it.
  await stores.stores.log.append(TOPICS.domainEvents.name, [delivered!]);
  const counted = async () => {
    const rows = await notesSubgraph.runtime.stores.database.withTenant({ tenantId }, (tx) =>
      tx.query<{ n: number }[]>('select n from counters'),
    );
    return rows[0]?.n ?? 0;
  };
  await eventually(
    async () => [...(await consumer.lag()).values()].reduce((sum, lag) => sum + lag, 0n),
    (lag) => lag === 0n,
  );
  expect(await counted()).toBe(1);
  await consumer.stop();
}, 60_000);

it('puts an event that always fails aside and goes on', async () => {
  const { ctx, tenantId } = notesSubgraph.actor('tenant_admin');
  const seen: number[] = [];
  const consumer = await consumeEvents(notesSubgraph.runtime, 'failing', {
    'note.added': async (_ctx, event) => {
      const { n } = event.payload as { n: number };
      if (event.tenantId !== tenantId) return;
      if (n === 13) throw new Error('poison');
      seen.push(n);
    },
  });
  await addNote(ctx(), { n: 13 });
  await addNote(ctx(), { n: 14 });
  await eventually(
    async () => seen,
    (found) => found.length > 0,
  );
  expect(seen).toEqual([14]);
  const [dead] = await recordsOf(`${TOPICS.domainEvents.name}.dead`, tenantId);
  expect(dead).toMatchObject({ headers: { group: 'failing', reason: 'poison' } });
  await consumer.stop();
}, 60_000);
