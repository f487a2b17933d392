import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { login, until } from '../subgraphs/platform/testing/api';
import { Product } from '../subgraphs/platform/testing/product';
import { residentMemory } from './measure';
import { ingestRate, metricQueryVersusEngine, pageWeight } from './product';

const PAGE = 'docs/benchmarks.md';
const MARK = { begin: '<!-- begin: written by npm run bench -->', end: '<!-- end -->' };

/** Runs the product as `npm start` does and measures it from outside; prints the table and writes it into docs/benchmarks.md. */
async function main(): Promise<void> {
  const rows: [string, string][] = [];
  const note = (what: string, value: string): void => {
    rows.push([what, value]);
    console.log(`${what}: ${value}`);
  };
  const product = await Product.start({ demo: true });
  try {
    const { email, password } = product.demoLogin();
    let analyst = await until('the demonstration sign-in', () => login(product.url, email, password).catch(() => null));
    await until('the demonstration data', async () => {
      const { datasetByName } = await analyst.api.query(
        `{ datasetByName(name: "flights") { rowCount metrics { name } } }`,
      );
      return (
        datasetByName?.rowCount > 0 &&
        datasetByName.metrics.some((metric: { name: string }) => metric.name === 'average_delay')
      );
    });

    await product.stop();
    note('warm start to ready', `${((await product.launch()) / 1_000).toFixed(2)} s`);
    analyst = await login(product.url, email, password);

    const query = await metricQueryVersusEngine(product, analyst);
    note('metricQuery, 3 M rows grouped by origin, p50 / p99', `${ms(query.a.p50)} / ${ms(query.a.p99)}`);
    note('the same SQL straight to the engine, p50 / p99', `${ms(query.b.p50)} / ${ms(query.b.p99)}`);
    note('ratio product : engine, median of pairs', `${query.ratio.toFixed(2)} ×`);

    const ingest = await ingestRate(product.url);
    note(
      'ingest over POST /ingest, one client, acknowledged durable',
      `${Math.round(ingest.perSecond).toLocaleString('en')} events/s`,
    );
    note('a batch of 5,000 events, p50 / p99', `${ms(ingest.batch.p50)} / ${ms(ingest.batch.p99)}`);
    note('all counted after the last acknowledgement', ms(ingest.visibleAfterMs));

    const weight = await pageWeight(product.url);
    note('first page, compressed', `${weight.kilobytes.toFixed(0)} kB in ${weight.files} files`);
    const memory = residentMemory(product.pid);
    const total = Object.values(memory).reduce((sum, megabytes) => sum + megabytes, 0);
    const parts = Object.entries(memory).map(([program, megabytes]) => `${program} ${megabytes.toFixed(0)}`);
    note('resident memory after all of this (anonymous pages)', `${total.toFixed(0)} MB (${parts.join(', ')})`);
  } finally {
    await product.dispose();
  }
  record(rows);
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

function record(rows: readonly [string, string][]): void {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const table = ['| what | seen |', '|---|---|', ...rows.map(([what, value]) => `| ${what} | ${value} |`)].join('\n');
  const section = `${MARK.begin}\n${new Date().toISOString().slice(0, 10)}, ${machine}\n\n${table}\n${MARK.end}`;
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest] = page.split(MARK.begin) as [string, string];
  writeFileSync(PAGE, head + section + rest.split(MARK.end)[1]);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
