import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryPubSub } from '../../kernel/pubsub/pubsub.memory';
import { watchImport } from '../watch-import';
import { CANCEL, importText, startImport, until } from './steps';
import { startWorld, type TestActor, type World } from './world';

const WATCH = `subscription($id: ID!) { importProgress(id: $id) { status rowsRead rowsLoaded progress { stage percent bytesDone bytesTotal rowsPerSecond } } }`;
const csv = (rows: number): string =>
  `id,text\n${Array.from({ length: rows }, (_, id) => `${id},"row ${id}"`).join('\n')}\n`;

let world: World;
let actor: TestActor;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  actor = world.actor('tenant_admin');
});

async function begin(rows: number): Promise<string> {
  const { body } = await actor.upload('x.csv', csv(rows));
  return (await startImport(actor, { fileId: body.data.fileId, name: 'it' })).importRun!.id;
}

const subscribe = (who: TestActor, id: string, signal = new AbortController().signal) =>
  world.executor.subscribe({ query: WATCH, variables: { id }, identity: who.identity, signal });

interface Seen {
  status: string;
  rowsRead: number;
  progress: { stage: string; percent: number | null };
}

it('tells the run now, each change, and completes when it ends', async () => {
  const id = await begin(400_000);
  const seen: Seen[] = [];
  for await (const { data, errors } of await subscribe(actor, id)) {
    expect(errors).toBeUndefined();
    seen.push((data as unknown as { importProgress: Seen }).importProgress);
  }
  expect(['QUEUED', 'RUNNING']).toContain(seen[0]!.status);
  expect(seen.at(-1)).toMatchObject({
    status: 'SUCCEEDED',
    rowsRead: 400_000,
    progress: { stage: 'done', percent: 100 },
  });
  const read = seen.map(({ rowsRead }) => rowsRead);
  expect(read).toEqual([...read].sort((a, b) => a - b));
  expect(seen.some(({ rowsRead }) => rowsRead > 0 && rowsRead < 400_000)).toBe(true);
  expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(seen.length);
});

it('of a run that has ended tells its end and completes', async () => {
  const { id } = await importText(actor, 'x.csv', csv(2));
  const seen: unknown[] = [];
  for await (const { data } of await subscribe(actor, id)) seen.push(data);
  expect(seen).toMatchObject([{ importProgress: { status: 'SUCCEEDED' } }]);
});

it('tells a cancellation', async () => {
  const id = await begin(400_000);
  const stream = await subscribe(actor, id);
  await stream.next();
  await actor.run(CANCEL, { id });
  const seen: string[] = [];
  for await (const { data } of stream) seen.push((data as unknown as { importProgress: Seen }).importProgress.status);
  expect(seen.at(-1)).toBe('CANCELLED');
});

it('finds every change by itself when all signals are lost', async () => {
  const id = await begin(100_000);
  const ctx = actor.ctx();
  const deaf = { ...ctx, stores: { ...ctx.stores, pubsub: createMemoryPubSub({ log: ctx.log }) } };
  const seen: string[] = [];
  for await (const run of await watchImport(deaf, id, 100)) seen.push(run.status);
  expect(seen.at(-1)).toBe('SUCCEEDED');
});

it('ends at once when the reader leaves, or the request is aborted, while nothing happens', async () => {
  const abort = new AbortController();
  const id = await begin(400_000);
  const quiet = {
    ...actor.ctx(abort.signal),
    stores: { ...actor.ctx().stores, pubsub: createMemoryPubSub({ log: actor.ctx().log }) },
  };
  for (const leave of [(stream: AsyncIterator<unknown>) => stream.return!(), async () => abort.abort()]) {
    const stream = await watchImport(quiet, id, 60_000);
    await stream.next();
    const waiting = stream.next();
    await sleep(50);
    const began = performance.now();
    await leave(stream);
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(performance.now() - began).toBeLessThan(500);
  }
  await actor.run(CANCEL, { id });
});

it('is for readers of data of this tenant only', async () => {
  const { id } = await importText(actor, 'x.csv', csv(2));
  const first = async (who: TestActor) =>
    (await (await subscribe(who, id)).next()).value as { errors?: { extensions: { code: string } }[] };
  expect((await first(world.actor('viewer', actor.tenantId))).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  expect((await first(world.actor('tenant_admin'))).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  expect((await first(world.actor('analyst', actor.tenantId))).errors).toBeUndefined();
});

it('writes its progress at most about twice a second', async () => {
  let signals = 0;
  const id = await begin(400_000);
  const began = performance.now();
  const stop = await world.runtime.stores.pubsub.subscribe(
    { tenantId: actor.tenantId, topic: `import.${id}` },
    () => void signals++,
  );
  await until(
    async () =>
      (await actor.run(`query($id: ID!) { importRun(id: $id) { status } }`, { id })).data.importRun.status ===
      'SUCCEEDED',
  );
  await stop();
  // Besides the steady ones each stage is told once.
  expect(signals).toBeLessThanOrEqual(2 * ((performance.now() - began) / 1_000) + 6);
});
