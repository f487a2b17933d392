import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { startColumnsServer, type RunningColumnsServer } from '../supervisor';
import { silent } from './contract-failures';
import { eventually } from './processes';

describe('the HTTP interface of the columns server', () => {
  let dataDir: string;
  let server: RunningColumnsServer;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'columns-'));
    // One session each, so that whatever could stick to it would be met by the next query.
    const limits = { short: 1, long: 1, maxQueued: 2, maxQueryBytes: 10_000, maxBodyBytes: 100_000 };
    server = await startColumnsServer({ dataDir, log: silent, limits });
    await sql('CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a');
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const basic = () => `Basic ${Buffer.from(`${server.username}:${server.password}`).toString('base64')}`;
  const send = (query: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${server.url}/?${new URLSearchParams(query)}`, {
      method: 'POST',
      ...init,
      headers: { authorization: basic(), ...init.headers },
    });
  const sql = async (text: string, query: Record<string, string> = {}) => {
    const response = await send(query, { body: text });
    return {
      status: response.status,
      code: response.headers.get('x-clickhouse-exception-code'),
      text: await response.text(),
      headers: response.headers,
    };
  };

  test('nobody gets in without the secret', async () => {
    const attempts: Record<string, string>[] = [
      {},
      { authorization: 'Basic !' },
      { authorization: `Basic ${Buffer.from(`${server.username}:`).toString('base64')}` },
      { authorization: `Basic ${Buffer.from(`default:${server.password}`).toString('base64')}` },
      { 'x-clickhouse-user': server.username, 'x-clickhouse-key': `${server.password}x` },
    ];
    for (const headers of attempts) {
      const response = await fetch(`${server.url}/?query=SELECT%201`, { headers });
      expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([401, '516']);
      await response.text();
    }
    const headers = { 'x-clickhouse-user': server.username, 'x-clickhouse-key': server.password };
    expect(await (await fetch(`${server.url}/?query=SELECT%201`, { headers })).text()).toBe('1\n');
    expect(await (await fetch(`${server.url}/ping`)).text()).toBe('Ok.\n');
    expect((await fetch(`${server.url}/other`, { headers })).status).toBe(404);
  });

  test('a query names its format, its database, its parameters and its id', async () => {
    await sql('CREATE DATABASE other');
    const answer = await sql('SELECT currentDatabase() AS d, {x: String} AS x', {
      database: 'other',
      param_x: `it\\'s`,
      default_format: 'JSONEachRow',
      query_id: 'mine',
    });
    expect(answer.text).toBe(`{"d":"other","x":"it's"}\n`);
    expect(answer.headers.get('x-clickhouse-query-id')).toBe('mine');
    expect((await sql('SELECT currentDatabase() FORMAT CSV')).text).toBe('"default"\n');
    const counted = await sql('SELECT sum(number) FROM numbers(1000) FORMAT JSON', { wait_end_of_query: '1' });
    expect(JSON.parse(counted.headers.get('x-clickhouse-summary')!)).toMatchObject({ read_rows: '1000' });
  });

  test.each([
    ['gzip', gzipSync, gunzipSync],
    ['zstd', zstdCompressSync, zstdDecompressSync],
  ] as const)('%s both ways', async (codec, compress, decompress) => {
    const response = await new Promise<{ encoding: unknown; body: Buffer }>((resolve, reject) => {
      // fetch would decompress by itself
      const { request } = jest.requireActual<typeof import('node:http')>('node:http');
      const headers = { authorization: basic(), 'content-encoding': codec, 'accept-encoding': codec };
      const call = request(`${server.url}/?enable_http_compression=1`, { method: 'POST', headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => resolve({ encoding: incoming.headers['content-encoding'], body: Buffer.concat(chunks) }));
      });
      call.on('error', reject).end(compress(Buffer.from(`SELECT repeat('x', 10000) FORMAT TSV`)));
    });
    expect(response.encoding).toBe(codec);
    expect(decompress(response.body).toString()).toBe(`${'x'.repeat(10_000)}\n`);
  });

  test('a broken body is the caller’s mistake', async () => {
    const response = await send({}, { body: 'SELECT 1', headers: { 'content-encoding': 'gzip' } });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([500, '117']);
    expect((await sql('SELECT 1')).text).toBe('1\n');
  });

  test('settings beside the statement are refused: they would stick', async () => {
    for (const name of ['readonly', 'max_execution_time', 'insert_deduplication_token'])
      expect(await sql('SELECT 1', { [name]: '1' })).toMatchObject({ status: 400, code: '452' });
    expect(await sql('SELECT 1', { session_id: 'x' })).toMatchObject({ status: 403, code: '497' });
  });

  test.each([
    `SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int64')`,
    `SELECT * FROM \`url\`('http://127.0.0.1:1/', 'CSV', 'a Int64')`,
    `SELECT * FROM "\\x75rl"('http://127.0.0.1:1/', 'CSV', 'a Int64')`,
    `SELECT * FROM /* x */ Remote /* y */ ('127.0.0.1', system.one)`,
    `SELECT file('/etc/passwd')`,
    `SELECT * FROM s3('http://127.0.0.1:1/x')`,
    `DESCRIBE TABLE file('/etc/passwd')`,
    `INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a Int64') SELECT 1`,
    `INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV`,
    `SELECT 1 INTO OUTFILE '/tmp/x'`,
    `CREATE TABLE u (a Int64) ENGINE = URL('http://127.0.0.1:1/', 'CSV')`,
    `CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:1/' format 'CSV')) LAYOUT(FLAT()) LIFETIME(1)`,
    'CREATE TEMPORARY TABLE x (a Int64)',
    'SET max_threads = 1',
    'USE system',
    `BACKUP TABLE t TO Disk('x', 'y')`,
  ])('does not reach outside or change a session: %s', async (text) => {
    expect(await sql(text)).toMatchObject({ status: 403, code: '497' });
  });

  test('one statement at a time; what looks like two inside a string or a comment is one', async () => {
    expect(await sql('SELECT 1; SELECT 2')).toMatchObject({ status: 400, code: '62' });
    expect(await sql('')).toMatchObject({ status: 400, code: '62' });
    expect((await sql(`SELECT '; SELECT 2', 'url(' -- ; SELECT 3\n;`)).text).toBe('; SELECT 2\turl(\n');
  });

  test('what a failed query had already written never comes before the next result', async () => {
    for (const format of ['JSON', 'JSONEachRow', 'TSV']) {
      const failed = await sql(
        `SELECT number, throwIf(number = 5000) FROM numbers(10000) SETTINGS max_block_size = 100 FORMAT ${format}`,
        { wait_end_of_query: '1' },
      );
      expect(failed).toMatchObject({ status: 500, code: '395' });
      // Made whole too: a stream would have been preceded by a statement that takes the remains with it.
      expect((await sql('SELECT 42 FORMAT TSV', { wait_end_of_query: '1' })).text).toBe('42\n');
    }
  });

  test('a failure in the middle of a stream follows the rows, marked with the tag of the header', async () => {
    const answer = await sql(
      'SELECT number, throwIf(number = 200000) FROM numbers(400000) SETTINGS max_block_size = 1000, max_threads = 1 FORMAT TSV',
    );
    expect(answer.status).toBe(200);
    const tag = answer.headers.get('x-clickhouse-exception-tag')!;
    const tail = answer.text.slice(answer.text.indexOf('\r\n__exception__'));
    expect(tail).toMatch(
      new RegExp(
        `^\r\n__exception__\r\n${tag}\r\nCode: 395\\. DB::Exception: .*\n\\d+ ${tag}\r\n__exception__\r\n$`,
        's',
      ),
    );
    expect(answer.text.startsWith('0\t0\n1\t0\n')).toBe(true);
  });

  test('more queries than may wait are refused, and a query id is one query’s', async () => {
    const sleepy = Array.from({ length: 5 }, () => sql('SELECT sleep(0.5)'));
    const codes = (await Promise.all(sleepy)).map(({ status, code }) => `${status} ${code}`).sort();
    expect(codes).toEqual(['200 null', '200 null', '200 null', '503 202', '503 202']);
    const twins = await Promise.all([
      sql('SELECT sleep(0.3)', { query_id: 'twin' }),
      sql('SELECT sleep(0.3)', { query_id: 'twin' }),
    ]);
    expect(twins.map(({ code }) => code).sort()).toEqual(['216', null]);
  });

  test('KILL stops a running and a waiting query, and says when there is none', async () => {
    const running = sql('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1', {
      query_id: 'running',
    });
    const waiting = sql('SELECT 1', { query_id: 'waiting' });
    await eventually(async () =>
      expect((await sql(`KILL QUERY WHERE query_id = 'waiting'`)).text).toContain('waiting\twaiting'),
    );
    expect(await waiting).toMatchObject({ code: '394' });
    expect((await sql(`KILL QUERY WHERE query_id = 'running'`)).text).toContain('running');
    expect(await running).toMatchObject({ status: 500, code: '394' });
    expect((await sql(`KILL QUERY WHERE query_id = 'nobody'`)).text).toBe('');
    expect(await sql('KILL QUERY WHERE 1')).toMatchObject({ code: '62' });
  });

  test('a client that goes away takes its query with it', async () => {
    const abort = new AbortController();
    const call = send(
      {},
      { body: 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1', signal: abort.signal },
    );
    const outcome = expect(call).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 200));
    abort.abort();
    await outcome;
    // There is one session: it must be free again.
    expect((await sql('SELECT 1')).text).toBe('1\n');
  });

  test('too much is too much, and leaves nothing behind', async () => {
    expect(await sql(`SELECT '${'x'.repeat(15_000)}'`)).toMatchObject({ status: 413, code: '131' });
    const body = gzipSync('{"a":1}\n'.repeat(15_000));
    const bomb = await send(
      { query: 'INSERT INTO t FORMAT JSONEachRow' },
      { body, headers: { 'content-encoding': 'gzip' } },
    );
    expect([bomb.status, bomb.headers.get('x-clickhouse-exception-code')]).toEqual([413, '131']);
    const good = await send({ query: 'INSERT INTO t FORMAT JSONEachRow' }, { body: '{"a":1}\n{"a":2}' });
    expect(JSON.parse(good.headers.get('x-clickhouse-summary')!)).toMatchObject({ written_rows: '2' });
    expect((await sql('SELECT count() FROM t')).text).toBe('2\n');
    expect(readdirSync(join(dataDir, 'spool'))).toEqual([]);
  });
});
