import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import type { Browser, Page } from 'playwright-core';
import { proveIsolation } from '../isolation/prove';
import { Api, login, until, type SignedIn } from '../testing/api';
import { launchBrowser } from '../testing/browser';
import { Product } from '../testing/product';

const FLIGHTS = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'flights-3m.parquet');
const bytes = readFileSync(FLIGHTS);
const FLIGHT_ROWS = Number(
  parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer).num_rows,
);

// The same story on one process and on a process for each service.
describe.each([
  ['one process', 'main'],
  ['a process for each service', 'services/main'],
] as const)('the product as %s', (_name, entry) => {
  let product: Product;
  let analyst: SignedIn;
  let browser: Browser;

  beforeAll(async () => {
    product = await Product.start({ demo: true, entry });
    const { email, password } = await until('the demonstration sign-in', async () => tryDemoLogin(product));
    analyst = await login(product.url, email, password);
    browser = await launchBrowser();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await analyst?.api.close();
    await product?.dispose();
  }, 60_000);

  it('has loaded every flight of the file', async () => {
    const dataset = await until(
      'the flights',
      async () => {
        const { datasetByName } = await analyst.api.query(
          `{ datasetByName(name: "flights") { id rowCount lastImport { status reconciled rowsLoaded rowsRejected } metrics { name } owner: createdBy { displayName } } }`,
        );
        return datasetByName?.lastImport?.status === 'SUCCEEDED' && datasetByName;
      },
      120_000,
    );
    expect(dataset).toMatchObject({
      rowCount: FLIGHT_ROWS,
      lastImport: { reconciled: true, rowsLoaded: FLIGHT_ROWS, rowsRejected: 0 },
    });
    expect(dataset.owner.displayName).toBeTruthy();
  }, 150_000);

  it('answers across all subgraphs in one request, with a receipt', async () => {
    const { datasetByName } = await analyst.api.query(`{ datasetByName(name: "flights") { id } }`);
    const input = {
      dataset: datasetByName.id,
      measures: ['flights'],
      dimensions: ['from.state'],
      orderBy: [{ field: 'flights', descending: true }],
      limit: 3,
    };
    const data = await until('the flights’ model', async () => {
      const { data: answer } = await analyst.api.raw(
        `query($input: MetricQueryInput!) {
          me { displayName tenant { name } }
          dashboards { edges { node { name owner { displayName tenant { slug } } } } }
          metricQuery(input: $input) { columns { name role } rows { values } receipt { rowsScanned version policies imports } }
        }`,
        { input },
      );
      return answer?.metricQuery && answer;
    });
    expect(data.me.tenant.name).toBeTruthy();
    expect(data.dashboards.edges[0].node.owner.displayName).toBeTruthy();
    expect(data.metricQuery.rows).toHaveLength(3);
    expect(data.metricQuery.receipt).toMatchObject({ policies: ['tenant'] });
    expect(data.metricQuery.receipt.rowsScanned).toBeGreaterThanOrEqual(FLIGHT_ROWS);
    // The flights' import, and that of the airports they are joined with.
    expect(data.metricQuery.receipt.imports).toHaveLength(2);
  });

  it('shows the total and moves a live tile in the browser, without a reload', async () => {
    const page = await signInToLiveDashboard(browser, product);
    await page.waitForFunction(
      (rows) =>
        [...document.querySelectorAll('[data-testid=tile-value]')].some(
          (tile) => Number(tile.getAttribute('data-value')) === rows,
        ),
      FLIGHT_ROWS,
      { timeout: 60_000 },
    );
    await page.goto(`${product.url}/dashboards`);
    await page.getByTestId('dashboard-link').filter({ hasText: /live/i }).first().click();
    await page.getByTestId('tile-value').first().waitFor({ timeout: 30_000 });
    await page.evaluate(() => Object.assign(window, { neverReloaded: true }));
    const read = () =>
      page
        .getByTestId('tile-value')
        .evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('data-value')).join());
    const before = await read();
    await until('a live tile to change', async () => (await read()) !== before, 60_000);
    expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true);
    expect(await page.getByTestId('connection-status').getAttribute('data-state')).toBe('live');
    await page.context().close();
  }, 150_000);

  it('lets no tenant see or touch another', async () => {
    const { breaches, rootFields } = await proveIsolation(product.url);
    expect(breaches).toEqual([]);
    expect(rootFields).toBeGreaterThan(25);
  }, 180_000);
});

async function tryDemoLogin(product: Product): Promise<{ email: string; password: string } | null> {
  try {
    const login = product.demoLogin();
    const { data } = await new Api(product.url).raw(
      `mutation($input: LoginInput!) { login(input: $input) { session { accessToken } } }`,
      { input: login },
    );
    return data?.login?.session ? login : null;
  } catch {
    return null;
  }
}

async function signInToLiveDashboard(browser: Browser, product: Product): Promise<Page> {
  const { email, password } = product.demoLogin();
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' })).newPage();
  await page.goto(product.url);
  await page.getByTestId('sign-in-email').fill(email);
  await page.getByTestId('sign-in-password').fill(password);
  await page.getByTestId('sign-in-submit').click();
  await page.getByTestId('dashboard-link').filter({ hasNotText: /live/i }).first().click();
  await page.getByTestId('tile').first().waitFor({ timeout: 60_000 });
  return page;
}
