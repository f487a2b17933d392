import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exportInternalKeys, generateInternalKeys, createIdentityVerifier } from '../../subgraphs/kernel/identity';
import { compose } from './support/federation';
import { createKeys, signToken } from './support/gateway';
import { serveSchema, type HttpSubgraph } from './support/http-subgraph';
import { SHOP } from './support/shop';

const MAIN = join(__dirname, '..', 'main.ts');
const { supergraphSdl, schemas } = compose(SHOP);
const processes: ChildProcess[] = [];
const subgraphs: HttpSubgraph[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-'));
});
afterAll(async () => {
  await Promise.all(processes.map(stop));
  await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
  await rm(folder, { recursive: true });
});

interface Started {
  url: string;
  child: ChildProcess;
  output(): string;
}

/** Starts the process and waits until it says where it listens. */
function start(args: string[], env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, ['-r', '@swc-node/register', MAIN, ...args], {
    cwd: join(__dirname, '..', '..'),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
  });
  processes.push(child);
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += String(chunk);
      const url = /"url":"(http:[^"]+)","msg":"gateway listens"/.exec(output)?.[1];
      if (url) resolve({ url, child, output: () => output });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}

function stop(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}

const query = async (url: string, text: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: text }),
  });
  return (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
};

it('serves any supergraph file at its routing urls, without authentication, and reads it again on SIGHUP', async () => {
  let sdl = supergraphSdl;
  for (const [name, schema] of schemas) {
    const subgraph = await serveSchema(name, schema);
    subgraphs.push(subgraph);
    sdl = sdl.replace(`http://${name}.invalid`, subgraph.url);
  }
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, sdl);
  const { url, child } = await start(['--supergraph', file, '--port', '0'], { LOG_LEVEL: 'info' });
  expect(await query(url, '{ me { name reviews { stars } } }')).toEqual({
    data: { me: { name: 'Ada', reviews: [{ stars: 5 }, { stars: 0 }] } },
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/`)).status).toBe(404);

  await writeFile(file, sdl.replaceAll('topReviews', 'bestReviews'));
  child.kill('SIGHUP');
  let fields = '';
  for (let n = 0; n < 100 && !fields.includes('bestReviews'); n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    fields = JSON.stringify(await query(url, '{ __type(name: "Query") { fields { name } } }'));
  }
  expect(fields).toContain('bestReviews');
  expect(await stop(child)).toBe(0);
});

it('serves the product: keys from the subgraph that signs, identities for the others, files of the web app', async () => {
  const internal = await generateInternalKeys();
  const { privatePem } = await exportInternalKeys(internal);
  const verifier = createIdentityVerifier(internal.publicKey);
  const keys = await createKeys();
  const [catalog, auth, reviews] = [
    await serveSchema('catalog', schemas.get('catalog')!, verifier),
    await serveSchema('auth', schemas.get('accounts')!, verifier),
    await serveSchema('reviews', schemas.get('reviews')!, verifier),
  ];
  subgraphs.push(catalog, auth, reviews);
  const named = SHOP.map((subgraph) => (subgraph.name === 'accounts' ? { ...subgraph, name: 'auth' } : subgraph));
  const file = join(folder, 'product.graphql');
  await writeFile(file, compose(named).supergraphSdl);
  const site = join(folder, 'site');
  const files: Record<string, string> = {
    'index.html': '<title>App</title>',
    'assets/main-a1b2c3d4.js': 'app()',
    'graphiql/index.html': '<title>GraphiQL</title>',
    'plain.txt': 'plain',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(site, name)), { recursive: true });
    await writeFile(join(site, name), content);
  }
  await writeFile(join(folder, 'secret.txt'), 'secret');

  const { url, child, output } = await start([], {
    PORT: '0',
    GATEWAY_SUPERGRAPH: file,
    GATEWAY_PRIVATE_KEY: privatePem,
    GATEWAY_SUBGRAPHS: `catalog=${catalog.url},auth=${auth.url},reviews=${reviews.url}`,
    GATEWAY_REST_ROUTES: 'catalog:POST:/ingest:1000',
    GATEWAY_STATIC: site,
  });
  const answerKeys = (response: import('node:http').ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(keys.jwks));
  };

  // Keys are fetched when the first token comes.
  auth.answer = answerKeys;
  const token = await signToken(keys, { permissions: ['x'] });
  const authorization = `Bearer ${token}`;
  expect((await query(url, '{ topReviews { stars } }', { authorization })).data).toBeDefined();
  auth.answer = undefined;
  expect(await query(url, '{ me { name } }', { authorization })).toEqual({ data: { me: { name: 'Ada' } } });
  expect(auth.requests.at(-1)!.identity).toMatchObject({
    actor: { kind: 'user', userId: 'user-1' },
    permissions: ['x'],
  });
  expect((await query(url, '{ me { name } }', { authorization: 'Bearer x' })).errors![0]!.extensions.code).toBe(
    'UNAUTHENTICATED',
  );
  const ingested = await fetch(`${url}/ingest`, { method: 'POST', body: '12345', headers: { authorization } });
  expect(await ingested.text()).toBe('POST /ingest 5');

  const get = async (path: string, accept = 'text/html') => {
    const response = await fetch(url + path, { headers: { accept } });
    return { status: response.status, cache: response.headers.get('cache-control'), body: await response.text() };
  };
  expect(await get('/')).toEqual({ status: 200, cache: 'no-cache', body: files['index.html'] });
  expect((await get('/dashboards/1')).body).toBe(files['index.html']);
  expect(await get('/assets/main-a1b2c3d4.js')).toEqual({
    status: 200,
    cache: 'public, max-age=31536000, immutable',
    body: 'app()',
  });
  expect((await get('/graphiql')).body).toBe(files['graphiql/index.html']);
  expect((await get('/plain.txt')).cache).toBe('no-cache');
  for (const path of [
    '/assets/gone-a1b2c3d4.js',
    '/api/v1/nope',
    '/.well-known/nope',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
  ]) {
    const { status, body } = await get(path);
    expect({ path, status }).toEqual({ path, status: expect.any(Number) as number });
    expect(body).not.toContain('secret\n');
    expect(body).not.toBe('secret');
    if (!path.includes('secret')) expect(status).toBe(404);
  }
  expect((await get('/dashboards/1', 'application/json')).status).toBe(404);
  expect(output()).not.toContain(token);
  expect(await stop(child)).toBe(0);
});

it('says what is wrong with its environment, all of it, and ends', async () => {
  const failed = start(['--supergraph', join(folder, 'nowhere.graphql')], { PORT: 'x', GATEWAY_MAX_DEPTH: '-1' });
  await expect(failed).rejects.toThrow(/ended with 1[^]*PORT[^]*GATEWAY_MAX_DEPTH/);
  await expect(start([])).rejects.toThrow(/GATEWAY_PRIVATE_KEY/);
  await expect(start(['--supergraph', join(folder, 'nowhere.graphql'), '--port', '0'])).rejects.toThrow(
    /ended with 1[^]*ENOENT/,
  );
});
