import { register, until, type SignedIn } from '../testing/api';
import { Product, sleep } from '../testing/product';

const KILLS = process.env.TEST_LONG ? 20 : 3;
const BATCH = 200;

/** The whole product dies in the middle of ingestion, again and again: what was acknowledged is counted, and counted once. */
it(`counts every acknowledged event once over ${KILLS} kills of the product`, async () => {
  const product = await Product.start();
  try {
    const who = await register(product.url, 'Killed');
    const dataset = await createEvents(who);
    const acknowledged = { events: 0, sum: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const stop = new AbortController();
      const sender = send(who, acknowledged, stop.signal);
      await sleep(400 + Math.random() * 800);
      await product.stop('SIGKILL');
      stop.abort();
      await sender;
      await product.launch();
    }
    // One batch may be in without its answer having come: it is sent once more, and must not count twice.
    await flush(who, acknowledged);
    expect(acknowledged.events).toBeGreaterThan(KILLS * BATCH);
    const seen = await until('all acknowledged events', async () => {
      const now = await total(who, dataset);
      return now.events >= acknowledged.events && now;
    });
    expect(seen).toEqual(acknowledged);
    // Nothing more comes after: no range is applied twice by a late owner.
    await sleep(2_000);
    expect(await total(who, dataset)).toEqual(acknowledged);
  } finally {
    await product.dispose();
  }
}, 600_000);

async function createEvents({ api }: SignedIn): Promise<string> {
  const { createEventDataset } = await api.query(
    `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { id } } }`,
    { input: { name: 'sales', fields: [{ name: 'amount', type: 'FLOAT' }] } },
  );
  const dataset = createEventDataset.dataset.id as string;
  const define = `mutation($input: DefineSemanticModelInput!) { defineSemanticModel(input: $input) { userErrors { message } } }`;
  const metrics = [
    { name: 'events', label: 'Events', aggregation: 'COUNT' },
    { name: 'amount', label: 'Amount', aggregation: 'SUM', field: 'amount' },
  ];
  await until('the model', async () => {
    const { data } = await api.raw(define, { input: { dataset, timeField: 'time', dimensions: [], metrics } });
    return data?.defineSemanticModel?.userErrors.length === 0;
  });
  return dataset;
}

/** What was sent and not yet answered, over a kill of the product too. */
const pending: string[] = [];

/** Sends batches one after another, as a careful client does: one whose answer never came is sent again, with the same event ids. */
async function send(who: SignedIn, acknowledged: { events: number; sum: number }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await flush(who, acknowledged, signal);
    const events = Array.from({ length: BATCH }, (_, index) => ({
      id: crypto.randomUUID(),
      name: 'sale',
      properties: { amount: index },
    }));
    pending.push(events.map((event) => JSON.stringify(event)).join('\n'));
  }
}

async function flush(
  { api }: SignedIn,
  acknowledged: { events: number; sum: number },
  signal?: AbortSignal,
): Promise<void> {
  while (pending.length > 0 && !signal?.aborted) {
    try {
      const { status } = await api.rest('POST', '/ingest?dataset=sales', pending[0]!, {
        'content-type': 'application/x-ndjson',
      });
      if (status !== 202) continue;
      pending.shift();
      acknowledged.events += BATCH;
      acknowledged.sum += (BATCH * (BATCH - 1)) / 2;
    } catch {
      await sleep(50);
    }
  }
}

async function total({ api }: SignedIn, dataset: string): Promise<{ events: number; sum: number }> {
  const { data } = await api.raw(
    `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { values } } }`,
    {
      input: { dataset, measures: ['events', 'amount'] },
    },
  );
  const [events, sum] = (data?.metricQuery?.rows[0]?.values ?? [0, 0]) as [number, number];
  return { events: Number(events), sum: Number(sum) };
}
