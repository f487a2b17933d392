import { existsSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { isAlive } from '../../kernel/database/orphan';
import { freePort } from '../../kernel/free-port';
import { Product, sleep } from '../testing/product';
import { until } from '../testing/api';

const postmasterOf = (product: Product): number =>
  Number(readFileSync(`${product.dataDir}/postgres/postmaster.pid`, 'utf8').split('\n')[0]);

describe.each([
  ['one process', 'main'],
  ['a process for each service', 'services/main'],
] as const)('the product as %s', (_name, entry) => {
  it('stops in order on Ctrl-C, though it comes twice: from the terminal and from who started it', async () => {
    const product = await Product.start({ entry });
    const postmaster = postmasterOf(product);
    const ended = product.stop('SIGINT');
    process.kill(product.pid, 'SIGINT');
    expect(await ended).toBe(0);
    expect(isAlive(postmaster)).toBe(false);
    expect(existsSync(`${product.dataDir}/datairis.pid`)).toBe(false);
    await product.dispose();
  }, 120_000);
});

it('leaves no service behind when the parent of all is killed, and starts again over what it left', async () => {
  const product = await Product.start({ entry: 'services/main' });
  await product.stop('SIGKILL');
  await until(
    'the old gateway to be gone',
    async () => !(await fetch(`${product.url}/healthz`).catch(() => null)),
    20_000,
  );
  await product.launch();
  await product.dispose();
}, 180_000);

describe('says in one line why it does not start', () => {
  const startFailing = async (env: Record<string, string>): Promise<string> => {
    const failure: unknown = await Product.start({ env }).catch((error: unknown) => error);
    return (failure as Error).message;
  };

  it('on a port that is in use', async () => {
    const port = await freePort();
    const holder = spawn(process.execPath, ['-e', `require('net').createServer().listen(${port}, '127.0.0.1')`]);
    await sleep(500);
    expect(await startFailing({ PORT: String(port) })).toMatch(
      new RegExp(`ended with 1:[^]*Port ${port} is in use\\.`),
    );
    holder.kill();
  }, 60_000);

  it('on a data folder that another product holds', async () => {
    const first = await Product.start();
    expect(await startFailing({ DATAIRIS_DATA: first.dataDir })).toMatch(/already runs on .* \(process \d+\)/);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.dispose();
  }, 120_000);

  it('on wrong variables, all of them at once', async () => {
    expect(await startFailing({ LOG_LEVEL: 'loud', REDIS_URL: 'nonsense' })).toMatch(/LOG_LEVEL[^]*REDIS_URL/);
  }, 60_000);
});
