import { gzipSync } from 'node:zlib';
import { createClient } from '@clickhouse/client';
import { readRuntimeFile } from '../subgraphs/platform/runtime-file';
import { register, until, type SignedIn } from '../subgraphs/platform/testing/api';
import type { Product } from '../subgraphs/platform/testing/product';
import { pairwise, spreadOf, type Spread } from './measure';

const METRIC_RUNS = 200;
const INGEST_BATCH = 5_000;
const INGEST_BATCHES = 40;

/** Bytes a browser takes for the first page, compressed: the document and what it names. */
export async function pageWeight(url: string): Promise<{ files: number; kilobytes: number }> {
  const html = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
  const bodies = await Promise.all(
    assets.map(async (path) => Buffer.from(await (await fetch(url + path)).arrayBuffer())),
  );
  const bytes = [Buffer.from(html), ...bodies].reduce((sum, body) => sum + gzipSync(body).length, 0);
  return { files: bodies.length + 1, kilobytes: bytes / 1024 };
}

const METRIC_QUERY = `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { values } receipt { cache elapsedMs } } }`;

/**
 * A grouped query over the three million flights through the whole product, and the same SQL sent straight to the engine, in turn.
 * The filter differs each time, so that no cache answers.
 */
export async function metricQueryVersusEngine(
  product: Product,
  analyst: SignedIn,
): Promise<{ a: Spread; b: Spread; ratio: number }> {
  const { datasetByName } = await analyst.api.query(`{ datasetByName(name: "flights") { id } }`);
  const engine = createClient({ url: readRuntimeFile(product.dataDir)!.clickhouseUrl });
  try {
    const tables = await engine.query({
      query: `select name from system.tables where database = 'datasets' and total_rows >= 3000000 order by name desc limit 1`,
      format: 'JSONEachRow',
    });
    const [table] = await tables.json<{ name: string }>();
    const throughProduct = (index: number) =>
      analyst.api.query(METRIC_QUERY, {
        input: {
          dataset: datasetByName.id,
          measures: ['flights', 'average_delay'],
          dimensions: ['origin'],
          filters: [{ field: 'distance', op: 'GT', values: [index] }],
          orderBy: [{ field: 'flights', descending: true }],
          limit: 10,
        },
      });
    const straight = async (index: number) => {
      const answer = await engine.query({
        query: `select origin, count() as flights, avg(delay) as average_delay from datasets.${table!.name}
          where tenant_id = {tenant: UUID} and distance > {distance: Int64} group by origin order by flights desc limit 10`,
        query_params: { tenant: analyst.tenantId, distance: index },
        format: 'JSONEachRow',
      });
      return answer.json();
    };
    return await pairwise(METRIC_RUNS, throughProduct, straight);
  } finally {
    await engine.close();
  }
}

/** Events a second, acknowledged durable, and how long after the last acknowledgement all of them can be queried. */
export async function ingestRate(url: string): Promise<{ perSecond: number; batch: Spread; visibleAfterMs: number }> {
  const { api } = await register(url, 'Benchmark');
  const { createEventDataset } = await api.query(
    `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { id } } }`,
    {
      input: {
        name: 'bench',
        fields: [
          { name: 'amount', type: 'FLOAT' },
          { name: 'place', type: 'STRING' },
        ],
      },
    },
  );
  const dataset = createEventDataset.dataset.id as string;
  const event = (index: number) =>
    JSON.stringify({ name: 'sale', properties: { amount: index % 100, place: `p${index % 50}` } });
  const body = Array.from({ length: INGEST_BATCH }, (_, index) => event(index)).join('\n');
  await until('the dataset to be known', async () => (await ingest()) === 202);
  async function ingest(): Promise<number> {
    return (await api.rest('POST', '/ingest?dataset=bench', body, { 'content-type': 'application/x-ndjson' })).status;
  }

  const times: number[] = [];
  const began = performance.now();
  for (let batch = 0; batch < INGEST_BATCHES; batch++) {
    const at = performance.now();
    if ((await ingest()) !== 202) throw new Error('an ingest was refused');
    times.push(performance.now() - at);
  }
  const acknowledged = performance.now();
  const total = INGEST_BATCH * (INGEST_BATCHES + 1);
  await until('all events to be counted', async () => {
    const { metricQuery } = await api.query(METRIC_QUERY, { input: { dataset, measures: ['count'] } });
    return Number(metricQuery.rows[0]?.values[0]) === total;
  });
  return {
    perSecond: (INGEST_BATCH * INGEST_BATCHES * 1_000) / (acknowledged - began),
    batch: spreadOf(times),
    visibleAfterMs: performance.now() - acknowledged,
  };
}
