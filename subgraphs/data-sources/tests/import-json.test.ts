import { importText, rowsOf } from './steps';
import { startWorld, type World } from './world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('uploaded JSON', () => {
  it('a list of objects', async () => {
    const actor = world.actor('tenant_admin');
    const rows = [
      { id: 1, at: '2026-01-01', 'is ok': true, extra: { a: 1 } },
      { id: 2, at: null },
      { id: 'three', at: '2026-01-03' },
      7,
    ];
    const run = await importText(actor, 'x.json', JSON.stringify(rows, null, 2), {
      fields: [
        { name: 'id', type: 'INTEGER' },
        { name: 'at', type: 'DATE' },
        { name: 'is_ok', type: 'BOOLEAN', source: 'is ok' },
        { name: 'extra', type: 'STRING' },
      ],
    });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      format: 'JSON',
      rowsLoaded: 2,
      rowsRejected: 2,
      reconciled: true,
    });
    expect(run.rejections.edges.map(({ node }) => [node.line, node.reason])).toEqual([
      [14, '"three" is not an integer'],
      [18, 'the row is not a JSON object'],
    ]);
    expect(await rowsOf(world, actor, 'it', 'id')).toEqual([
      { id: '1', at: '2026-01-01', is_ok: true, extra: '{"a":1}' },
      { id: '2', at: null, is_ok: null, extra: null },
    ]);
  });

  it('one object per line, a broken line costs itself', async () => {
    const actor = world.actor('tenant_admin');
    const run = await importText(
      actor,
      'x.ndjson',
      '{"id":9007199254740993}\n{"id":2\n\n{"id":3}\n[1]\n{"id":"\\u0000"}\n{"other":1}\n',
    );
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      format: 'NDJSON',
      rowsLoaded: 3,
      rowsRejected: 3,
      reconciled: true,
    });
    expect(run.rejections.edges.map(({ node }) => node.line)).toEqual([2, 5, 6]);
    expect((await rowsOf(world, actor, 'it', 'id')).map(({ id }) => id)).toEqual(['3', '9007199254740993', null]);
  });

  it('keys that cannot be columns are left alone', async () => {
    const row = { '': 1, ok: 2, 'a\0b': 3, ['x'.repeat(5_000)]: 4, __proto__x: 5, constructor: 6 };
    const actor = world.actor('tenant_admin');
    const run = await importText(actor, 'x.json', `[${JSON.stringify(row)}, {"__proto__": {"ok": 9}}]`);
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 2 });
    expect(await rowsOf(world, actor, 'it', 'ok')).toMatchObject([
      { ok: '2', constructor: '6' },
      { ok: null, constructor: null },
    ]);
  });

  it.each([
    ['a list that is cut off', '[{"id":1},{"id":2', 'MALFORMED_FILE'],
    ['an empty list', '[]', 'EMPTY_FILE'],
    ['no known key', '[{"a":1}]', 'MISSING_COLUMN'],
  ])('%s fails clearly', async (_case, text, code) => {
    const fields = [{ name: 'id', type: 'INTEGER' }];
    expect(await importText(world.actor('tenant_admin'), 'x.json', text, { fields })).toMatchObject({
      status: 'FAILED',
      errorCode: code,
    });
  });
});
