import { z } from 'zod';
import { createLogger } from '../../logger';
import { createColumns } from '../columns.clickhouse';
import { safeInteger } from '../columns.types';
import type { ContractContext } from './columns.contract';
import { named } from './contract-queries';

const ENDLESS = 'SELECT count() AS n FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1';
const HUGE = { maxRowsToRead: 1e18, maxExecutionSeconds: 600 };
export const silent = createLogger({ service: 'test', level: 'silent' });

export function failureCases(context: ContractContext): void {
  const columns = () => context.server.columns;
  const running = async (marker: string) => {
    const query = named(
      // The list shows this query too, with its parameters in place.
      `SELECT count() AS n FROM system.processes WHERE position(query, {marker: String}) > 0 AND position(query, 'system.processes') = 0`,
      z.object({ n: safeInteger }),
    );
    return (await columns().query(query, { marker })).rows[0]!.n;
  };
  const until = async (marker: string, wanted: number) => {
    const end = Date.now() + 10_000;
    while ((await running(marker)) !== wanted) {
      if (Date.now() > end) throw new Error(`still not ${wanted} of ${marker}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };

  test.each([
    ['QUERY_TIMEOUT', ENDLESS, { ...HUGE, maxExecutionSeconds: 1 }],
    ['QUERY_TOO_EXPENSIVE', 'SELECT sum(number) FROM numbers(1000000)', { maxRowsToRead: 1000 }],
    ['QUERY_TOO_EXPENSIVE', 'SELECT number FROM numbers(1000)', { maxResultRows: 10 }],
    ['QUERY_TOO_EXPENSIVE', 'SELECT groupArray(number) FROM numbers(50000000)', { maxMemoryBytes: 20e6 }],
    ['INTERNAL', 'SELECT no_such_column', {}],
    ['INTERNAL', 'SELEC 1', {}],
    ['INTERNAL', 'SELECT 1; SELECT 2', {}],
  ])('answers %s to %s', async (code, sql, limits) => {
    await expect(columns().query(named(sql, z.unknown()), {}, { limits })).rejects.toMatchObject({
      name: 'DomainError',
      code,
    });
  });

  test('what the server said is kept as the cause, not in the message', async () => {
    const failure: Error = await columns()
      .query(named('SELECT no_such_column', z.unknown()), {})
      .then(
        () => new Error('no failure'),
        (error: Error) => error,
      );
    expect(failure.message).not.toContain('no_such_column');
    expect((failure.cause as Error).message).toContain('no_such_column');
  });

  test.each(['query', 'stream'] as const)(
    'an aborted %s is cancelled at once and the engine is free again',
    async (how) => {
      const marker = `marker_${how}_${Date.now()}`;
      const query = named(`${ENDLESS} /* ${marker} */ AND 1`, z.unknown());
      const abort = new AbortController();
      const options = { limits: HUGE, signal: abort.signal };
      const work =
        how === 'query'
          ? columns().query(query, {}, options)
          : (async () => {
              for await (const _ of columns().stream(query, {}, options));
            })();
      const outcome = expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
      await until(marker, 1);
      const from = Date.now();
      abort.abort();
      await outcome;
      expect(Date.now() - from).toBeLessThan(1_000);
      await until(marker, 0);
    },
  );

  test('a signal that is aborted already sends nothing', async () => {
    const attempt = columns().query(named('SELECT 1', z.unknown()), {}, { signal: AbortSignal.abort() });
    await expect(attempt).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('a consumer that stops early frees the engine', async () => {
    const marker = `marker_early_${Date.now()}`;
    const query = named(`SELECT number AS n FROM numbers(100000000000) /* ${marker} */ WHERE number >= 0`, z.unknown());
    for await (const _ of columns().stream(query, {}, { limits: { ...HUGE, maxResultRows: 1e15 } })) break;
    await until(marker, 0);
  });

  test('a failure in the middle of a stream is an error behind the rows before it', async () => {
    const sql = `SELECT number AS n, throwIf(number = 1000000, 'boom') AS t FROM numbers(2000000)`;
    let rows = 0;
    const read = async () => {
      for await (const _ of columns().stream(named(sql, z.unknown()), {}, { settings: { max_threads: 1 } })) rows += 1;
    };
    const failure: Error = await read().then(
      () => new Error('no failure'),
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ code: 'INTERNAL' });
    expect((failure.cause as Error).message).toContain('boom');
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(1_000_000);
  });

  test('long queries do not hold up short ones', async () => {
    const marker = `marker_long_${Date.now()}`;
    const abort = new AbortController();
    const long = Array.from({ length: 12 }, () =>
      columns()
        .query(
          named(`${ENDLESS} /* ${marker} */ AND 1`, z.unknown(), { long: true }),
          {},
          { limits: HUGE, settings: { max_threads: 1 }, signal: abort.signal },
        )
        .catch((error: { code: string }) => error.code),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const from = Date.now();
    for (let i = 0; i < 20; i++) await columns().query(named('SELECT 1 AS n', z.unknown()), {});
    expect(Date.now() - from).toBeLessThan(4_000);
    abort.abort();
    expect(new Set(await Promise.all(long))).toEqual(new Set(['CANCELLED']));
    await until(marker, 0);
  });

  test('a wrong password is refused, and said to be ours to mend', async () => {
    const { url, username } = context.server;
    const stranger = createColumns({ url, username, password: 'wrong', log: silent });
    await expect(stranger.query(named('SELECT 1', z.unknown()), {})).rejects.toMatchObject({
      code: 'INTERNAL',
      cause: { code: '516' },
    });
    await expect(stranger.ping()).rejects.toMatchObject({ code: 'INTERNAL' });
    await stranger.close();
  });

  test('nobody at the address is UNAVAILABLE', async () => {
    const nobody = createColumns({ url: 'http://127.0.0.1:9', log: silent });
    await expect(nobody.query(named('SELECT 1', z.unknown()), {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(nobody.insert('a.b', [{ n: 1 }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(nobody.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await nobody.close();
  });

  test('more operations than may wait are refused at once', async () => {
    const { url, username, password } = context.server;
    const narrow = createColumns({ url, username, password, log: silent, maxConnections: 1, maxPending: 3 });
    const query = named('SELECT sleep(0.3) AS n', z.unknown());
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () =>
        narrow.query(query, {}).then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'UNAVAILABLE', 'UNAVAILABLE']);
    await narrow.close();
  });
}
