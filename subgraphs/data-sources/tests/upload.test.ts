import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createIdentitySigner, createIdentityVerifier, generateInternalKeys } from '../../kernel/identity';
import { serveSubgraph } from '../../kernel/server';
import { importText, inTenant, outbox } from './steps';
import { MAX_KEPT_BYTES } from '../upload-file';
import { startWorld, type TestActor, type UploadAnswer, type World } from './world';

const MB = 1024 * 1024;
let world: World;
let admin: TestActor;
beforeAll(async () => {
  world = await startWorld();
  admin = world.actor('tenant_admin');
});
afterAll(() => world.close());

const DISCOVER = `query($id: ID!, $format: FileFormat) { discoverFile(fileId: $id, format: $format) {
  format rowCount sampleRows fields { name type nullable source } } }`;

/** A body that goes on for `megabytes`, and how much of it was taken. */
function endless(megabytes: number): { body: Readable; taken: () => number } {
  let taken = 0;
  const piece = Buffer.from('1,2\n'.repeat(MB / 4));
  const body = Readable.from(
    (function* () {
      yield Buffer.from('a,b\n');
      for (; taken < megabytes; taken++) yield piece;
    })(),
  );
  return { body, taken: () => taken };
}

const kept = async (actor: TestActor) => ({
  files: (await world.runtime.stores.files.list(actor.tenantId)).length,
  rows: ((await inTenant(world, actor.tenantId, 'select 1 from upload')) as unknown[]).length,
});

it('takes a file and writes it down', async () => {
  const { status, body } = await admin.upload('flights.csv', 'a,b\n1,2\n');
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { success: true, data: { name: 'flights.csv', size: 8, format: 'CSV' } },
  });
  const audited = await outbox(world, admin.tenantId, 'audit.recorded');
  expect(audited.at(-1)).toMatchObject({
    action: 'data-sources.uploadFile',
    actor: { id: admin.userId },
    resource: { id: body.data.fileId },
  });
});

it('refuses 200 MB with PAYLOAD_TOO_LARGE and keeps nothing', async () => {
  const actor = world.actor('tenant_admin');
  const { body } = endless(200);
  const answer = await actor.upload('big.csv', body);
  expect(answer).toMatchObject({ status: 413, body: { success: false, error: { code: 'PAYLOAD_TOO_LARGE' } } });
  expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
});

it('refuses an announced 200 MB before a byte is taken', async () => {
  const { body, taken } = endless(200);
  const pending = admin.upload('big.csv', body, { 'content-length': String(200 * MB) });
  expect((await pending).body.error.code).toBe('PAYLOAD_TOO_LARGE');
  expect(taken()).toBeLessThan(5);
});

it('holds JSON to 50 MB', async () => {
  const actor = world.actor('tenant_admin');
  const line = Buffer.from(`${JSON.stringify({ text: 'x'.repeat(MB - 20) })}\n`);
  const answer = await actor.upload('big.ndjson', Readable.from(Array.from({ length: 52 }, () => line)));
  expect(answer.body.error.code).toBe('PAYLOAD_TOO_LARGE');
  expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
});

it.each([
  ['book.xlsx', Buffer.from('PK\x03\x04…'), 415, 'UNSUPPORTED_FORMAT'],
  ['utf16.csv', Buffer.from('\uFEFFa,b\n', 'utf16le'), 415, 'UNSUPPORTED_FORMAT'],
  ['x.parquet', Buffer.from('a,b\n1,2\n'), 415, 'UNSUPPORTED_FORMAT'],
  ['empty.csv', Buffer.alloc(0), 400, 'INVALID_INPUT'],
  ['../../etc/passwd', Buffer.from('a\n1\n'), 400, 'INVALID_INPUT'],
  ['', Buffer.from('a\n1\n'), 400, 'INVALID_INPUT'],
])('refuses %j', async (name, content, status, code) => {
  const actor = world.actor('tenant_admin');
  expect(await actor.upload(name, content)).toMatchObject({ status, body: { error: { code } } });
  expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
});

it('is not for viewers and analysts', async () => {
  for (const role of ['viewer', 'analyst']) {
    const actor = world.actor(role);
    expect(await actor.upload('x.csv', 'a\n1\n')).toMatchObject({
      status: 403,
      body: { error: { code: 'FORBIDDEN' } },
    });
    expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
  }
});

it('is full at 5 GB of waiting files', async () => {
  const actor = world.actor('tenant_admin');
  await actor.upload('x.csv', 'a\n1\n');
  await inTenant(world, actor.tenantId, `update upload set size = $1`, [MAX_KEPT_BYTES]);
  expect((await actor.upload('y.csv', 'a\n1\n')).body.error.code).toBe('QUOTA_EXCEEDED');
  expect((await admin.upload('y.csv', 'a\n1\n')).status).toBe(201);
});

it('keeps nothing of a file that breaks off, in its beginning or later', async () => {
  const actor = world.actor('tenant_admin');
  for (const megabytes of [0, 3]) {
    const body = endless(10).body;
    const broken = Readable.from(
      (async function* () {
        let sent = 0;
        for await (const piece of body) {
          yield piece;
          if (sent++ >= megabytes) throw new Error('connection reset');
        }
      })(),
    );
    expect((await actor.upload('x.csv', broken)).body.error.code).toBe('CANCELLED');
  }
  const gone = Readable.from(['a,b\n']);
  gone.destroy();
  expect((await actor.upload('x.csv', gone)).body.error.code).toBe('CANCELLED');
  expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
});

it('over HTTP the refusal reaches a client that is still sending', async () => {
  const actor = world.actor('tenant_admin');
  const keys = await generateInternalKeys();
  const verifier = createIdentityVerifier(keys.publicKey);
  const server = await serveSubgraph(world.subgraph, { host: '127.0.0.1', port: 0, verifier });
  try {
    const token = await createIdentitySigner(keys.privateKey).sign(actor.identity, 'data-sources');
    const send = async (megabytes: number) => {
      const sent = request(`${server.url}/upload?name=big.csv`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
      });
      const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
      const piped = pipeline(endless(megabytes).body, sent).catch(() => undefined);
      const [response] = await answered;
      const answer = { status: response.statusCode, body: JSON.parse(await text(response)) as UploadAnswer };
      sent.destroy();
      await piped;
      return answer;
    };
    expect(await send(120)).toMatchObject({ status: 413, body: { error: { code: 'PAYLOAD_TOO_LARGE' } } });
    expect(await kept(actor)).toEqual({ files: 0, rows: 0 });
    expect(await send(2)).toMatchObject({ status: 201, body: { data: { size: 2 * MB + 4 } } });
  } finally {
    await server.close();
  }
});

describe('discovery', () => {
  it('tells the schema, the first rows and their number', async () => {
    const { body } = await admin.upload('x.csv', 'id;US Gross;when\n1;1,5;2026-01-01\n2;;2026-01-02\n');
    const { data } = await admin.run(DISCOVER, { id: body.data.fileId });
    expect(data.discoverFile).toEqual({
      format: 'CSV',
      rowCount: 2,
      fields: [
        { name: 'id', type: 'INTEGER', nullable: true, source: 'id' },
        { name: 'US_Gross', type: 'STRING', nullable: true, source: 'US Gross' },
        { name: 'when', type: 'DATE', nullable: true, source: 'when' },
      ],
      sampleRows: [
        { id: 1, US_Gross: '1,5', when: '2026-01-01' },
        { id: 2, US_Gross: null, when: '2026-01-02' },
      ],
    });
  });

  it('looks at a large file’s beginning only', async () => {
    const lines = Array.from({ length: 400_000 }, (_, index) => `${index},value ${index}`);
    const { body } = await admin.upload('x.csv', `id,text\n${lines.join('\n')}`);
    const { data } = await admin.run(DISCOVER, { id: body.data.fileId });
    expect(data.discoverFile).toMatchObject({ rowCount: null, fields: [{ type: 'INTEGER' }, { type: 'STRING' }] });
    expect(data.discoverFile.sampleRows.length).toBe(20);
  });

  it('refuses what has no schema', async () => {
    const { body } = await admin.upload('x.json', '[]');
    expect((await admin.run(DISCOVER, { id: body.data.fileId })).errors).toMatchObject([
      { code: 'UNSUPPORTED_FORMAT' },
    ]);
  });

  it('does not find another tenant’s file, nor a file that was no upload', async () => {
    const { body } = await admin.upload('x.csv', 'a\n1\n');
    const stranger = world.actor('tenant_admin');
    expect((await stranger.run(DISCOVER, { id: body.data.fileId })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await expect(importText(stranger, 'y.csv', 'a\n1\n', { fileId: body.data.fileId })).rejects.toThrow('NOT_FOUND');
    expect((await admin.run(DISCOVER, { id: 'no-id' })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const report = await world.runtime.stores.files.put(admin.tenantId, Readable.from(['a\n1\n']), {
      name: 'r.csv',
      contentType: 'text/csv',
      maxBytes: 100,
    });
    expect((await admin.run(DISCOVER, { id: report.id })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('is not for viewers', async () => {
    const { body } = await admin.upload('x.csv', 'a\n1\n');
    const viewer = world.actor('viewer', admin.tenantId);
    expect((await viewer.run(DISCOVER, { id: body.data.fileId })).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });
});
