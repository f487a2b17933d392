import { importText, inTenant, outbox, rowsOf, startImport, tableOf } from './steps';
import { startWorld, type World } from './world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('an uploaded CSV', () => {
  it('is loaded by its declared types, and each malformed row is reported with its line and reason', async () => {
    const actor = world.actor('tenant_admin');
    const text = [
      'id,when,amount,note',
      '1,2026-01-01T10:00:00Z,1.5,=SUM(A1:A9)',
      '2,2026-01-02T10:00:00Z,lots,x',
      '3,2026-01-03T10:00:00Z,2',
      '4,2026-01-04T10:00:00Z,2,"two',
      'lines, ""quoted"""',
      ',2026-01-05T10:00:00Z,3,no id',
      '6,2026-01-06T10:00:00Z,,',
      '7,soon,4,y',
    ].join('\r\n');
    const fields = [
      { name: 'id', type: 'INTEGER', nullable: false },
      { name: 'at', type: 'DATETIME', source: 'when' },
      { name: 'amount', type: 'FLOAT' },
      { name: 'note', type: 'STRING' },
    ];
    const run = await importText(actor, 'orders.csv', text, { fields, label: 'Orders' });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      rowsRead: 7,
      rowsLoaded: 3,
      rowsRejected: 4,
      fileRows: 7,
      reconciled: true,
      startedBy: { id: actor.userId },
      progress: { stage: 'done', percent: 100 },
      dataset: { label: 'Orders', version: 1, rowCount: 3 },
    });
    expect(run.rejections.edges.map(({ node }) => [node.line, node.column, node.reason])).toEqual([
      [3, 'amount', '"lots" is not a number'],
      [4, null, 'the row has 3 values, the header has 4 columns'],
      [7, 'id', 'the value is missing and the field does not allow that'],
      [9, 'at', '"soon" is not a time such as 2026-01-31T12:00:00Z'],
    ]);
    expect(run.rejections.edges[0]!.node.raw).toBe('2,2026-01-02T10:00:00Z,lots,x');
    expect(await rowsOf(world, actor, 'it', 'id')).toEqual([
      { id: '1', at: '2026-01-01T10:00:00.000Z', amount: 1.5, note: '=SUM(A1:A9)' },
      { id: '4', at: '2026-01-04T10:00:00.000Z', amount: 2, note: 'two\r\nlines, "quoted"' },
      { id: '6', at: '2026-01-06T10:00:00.000Z', amount: null, note: null },
    ]);
  });

  it('with a missing column fails with MISSING_COLUMN before anything is loaded, and the old data serves on', async () => {
    const actor = world.actor('tenant_admin');
    await importText(actor, 'a.csv', 'id,amount\n1,10\n');
    const before = await tableOf(world, actor);
    const run = await importText(actor, 'b.csv', 'id,total\n1,10\n2,20\n');
    expect(run).toMatchObject({
      status: 'FAILED',
      errorCode: 'MISSING_COLUMN',
      rowsLoaded: 0,
      dataset: { version: 1, rowCount: 1 },
    });
    expect(run.errorMessage).toMatch(/no column "amount". It has "id", "total"/);
    expect(await tableOf(world, actor)).toBe(before);
    expect(await rowsOf(world, actor)).toEqual([{ id: '1', amount: '10' }]);
  });

  it.each([
    ['only a header', 'a,b\n', 'EMPTY_FILE'],
    ['nothing but blank lines', '\n\n\n', 'EMPTY_FILE'],
    ['a header that cannot be read', '"a"x,b\n1,2\n', 'MALFORMED_FILE'],
    [
      'more columns than a dataset has',
      `${Array.from({ length: 501 }, (_, i) => `c${i}`).join(',')}\n${'1,'.repeat(500)}1\n`,
      'MALFORMED_FILE',
    ],
    ['a NUL in its header', 'a\0,b\n1,2\n', 'MALFORMED_FILE'],
    ['a header in another encoding', Buffer.from('M\xfcller,b\n1,2\n', 'latin1'), 'MALFORMED_FILE'],
    ['rows that are all wrong', 'a,b\n1\n2,3,4\n', 'ALL_ROWS_REJECTED'],
    [
      'rows that are all in another encoding',
      Buffer.from('a,b\nM\xfcller,1\nJ\xf6rg,2\n', 'latin1'),
      'ALL_ROWS_REJECTED',
    ],
  ])('with %s fails clearly', async (_case, text, code) => {
    const run = await importText(world.actor('tenant_admin'), 'x.csv', text);
    expect(run).toMatchObject({
      status: 'FAILED',
      errorCode: code,
      dataset: { version: 0, rowCount: null, fields: [] },
    });
    expect(run.errorMessage!.length).toBeGreaterThan(20);
  });

  it('keeps what can be kept of a hostile file', async () => {
    const actor = world.actor('tenant_admin');
    const pieces = [
      Buffer.from('\uFEFFid,,id,note\n'),
      Buffer.from('1,a,x,fine\n'),
      Buffer.from('2,a,x,nul\0byte\n'),
      Buffer.from('3,a,x,M\xfcller\n', 'latin1'),
      Buffer.concat([Buffer.from('4,a,x,'), Buffer.alloc(10 * 1024 * 1024, 'z'), Buffer.from('\n')]),
      Buffer.from("5,a,x,'; drop table dataset; --\n"),
      Buffer.from('6,a,x,"never closed\n'),
      Buffer.from('7,a,x,after\n'),
    ];
    const run = await importText(actor, 'hostile.csv', Buffer.concat(pieces));
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 3, rowsRejected: 4, fileRows: 7, reconciled: true });
    expect(run.dataset.fields).toMatchObject([
      { name: 'id', source: 'id' },
      { name: 'column_2', source: 'column_2' },
      { name: 'id_2', source: 'id_2' },
      { name: 'note' },
    ]);
    expect(run.rejections.edges.map(({ node }) => [node.line, node.reason])).toEqual([
      [3, 'the row contains a NUL byte'],
      [4, 'the row is not UTF-8 text; save the file as UTF-8'],
      [5, 'the row is longer than 1 MB'],
      [7, 'a quote is opened in this row and never closed'],
    ]);
    expect((await rowsOf(world, actor, 'it', 'id')).map(({ note }) => note)).toEqual([
      'fine',
      "'; drop table dataset; --",
      'after',
    ]);
  });

  it('keeps the first 1,000 rejections and counts them all', async () => {
    const actor = world.actor('tenant_admin');
    const rows = Array.from({ length: 3_000 }, (_, index) => (index % 2 ? `${index},bad` : `${index},1`));
    const run = await importText(actor, 'x.csv', `id,n\n${rows.join('\n')}\n`, {
      fields: [
        { name: 'id', type: 'INTEGER' },
        { name: 'n', type: 'INTEGER' },
      ],
    });
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 1_500, rowsRejected: 1_500 });
    const seen: number[] = [];
    for (let after: string | null = null; ;) {
      const { data } = await actor.run(
        `query($id: ID!, $after: String) { importRun(id: $id) { rejections(first: 200, after: $after) { edges { node { line } } pageInfo { hasNextPage endCursor } } } }`,
        { id: run.id, after },
      );
      const { edges, pageInfo } = data.importRun.rejections;
      seen.push(...edges.map(({ node }: { node: { line: number } }) => node.line));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => 3 + index * 2));
  });

  it('is cut into several batches without losing a row', async () => {
    const actor = world.actor('tenant_admin');
    const count = 45_001;
    const run = await importText(
      actor,
      'big.csv',
      `id,text\n${Array.from({ length: count }, (_, id) => `${id},row ${id}`).join('\n')}`,
    );
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: count, fileRows: count });
    const rows = await rowsOf(world, actor, 'it', 'id');
    expect(rows.length).toBe(count);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(count);
  });

  it.each([';', '\t', '|'])('is read with its own delimiter %j', async (delimiter) => {
    const actor = world.actor('tenant_admin');
    const text = 'name;price\n"a;b";1,5\nc;2\n'.replaceAll(';', delimiter);
    const run = await importText(actor, 'x.csv', text);
    expect(run.dataset.fields.map(({ name }) => name)).toEqual(['name', 'price']);
    expect((await rowsOf(world, actor, 'it', 'name')).map(({ name }) => name)).toEqual([`a${delimiter}b`, 'c']);
  });

  it('with a delimiter that is none says what it found', async () => {
    const run = await importText(world.actor('tenant_admin'), 'x.csv', 'id^amount\n1^2\n', {
      fields: [{ name: 'id', type: 'INTEGER' }],
    });
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 'MISSING_COLUMN' });
    expect(run.errorMessage).toContain('"id^amount"');
  });
});

describe('a second import of the same name', () => {
  it('swaps the data, keeps the fields, and publishes a new version', async () => {
    const actor = world.actor('tenant_admin');
    await importText(actor, 'a.csv', 'id,name\n1,one\n');
    const first = await tableOf(world, actor);
    const run = await importText(actor, 'b.csv', 'name,id,more\nzwei,2,x\ndrei,3,y\n', { description: 'Numbers' });
    expect(run).toMatchObject({ status: 'SUCCEEDED', dataset: { version: 2, rowCount: 2 } });
    expect(await tableOf(world, actor)).not.toBe(first);
    expect(await rowsOf(world, actor, 'it', 'id')).toEqual([
      { id: '2', name: 'zwei' },
      { id: '3', name: 'drei' },
    ]);
    const events = await outbox(world, actor.tenantId, 'dataset.published');
    expect(events.map(({ version, rowCount }) => [version, rowCount])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('is refused while one is under way, and the same idempotency key answers the same run', async () => {
    const actor = world.actor('tenant_admin');
    const upload = await actor.upload('x.csv', `id\n${Array.from({ length: 200_000 }, (_, id) => id).join('\n')}\n`);
    const input = { fileId: upload.body.data.fileId, name: 'it', idempotencyKey: 'k1' };
    const first = await startImport(actor, input);
    const [again, other, changed] = [
      await startImport(actor, input),
      await startImport(actor, { ...input, idempotencyKey: 'k2' }),
      await startImport(actor, { ...input, label: 'Changed' }),
    ];
    expect(again.importRun).toEqual(first.importRun);
    expect(other.userErrors).toMatchObject([{ code: 'CONFLICT', field: ['name'] }]);
    expect(changed.userErrors).toMatchObject([{ code: 'CONFLICT', field: ['idempotencyKey'] }]);
  });
});

it('a tenant has at most 20 open imports', async () => {
  const actor = world.actor('tenant_admin');
  const { body } = await actor.upload('x.csv', 'a\n1\n');
  const run = await importText(actor, 'x.csv', 'a\n1\n');
  await inTenant(
    world,
    actor.tenantId,
    `insert into dataset (tenant_id, id, name, label, kind, created_at, updated_at)
       select tenant_id, gen_random_uuid(), 'other_' || n, 'x', 'TABLE', now(), now() from dataset, generate_series(1, 20) n`,
  );
  await inTenant(
    world,
    actor.tenantId,
    `insert into import_run (tenant_id, id, dataset_id, status, format, file_name, source, created_at, heartbeat_at)
       select r.tenant_id, gen_random_uuid(), d.id, 'QUEUED', 'CSV', 'x', '{"kind":"local","path":"/x"}', now(), now()
       from import_run r join dataset d on d.name like 'other_%' where r.id = $1`,
    [run.id],
  );
  const { userErrors } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
  expect(userErrors).toMatchObject([{ code: 'RATE_LIMITED' }]);
});
