import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { generateKeyPair, SignJWT } from 'jose';
import { Api, register, until, type SignedIn } from '../testing/api';
import { Product } from '../testing/product';

// What goes wrong, from outside: each a clear coded answer, and nothing accepted before is lost.
let product: Product;
let ours: SignedIn;
let theirs: SignedIn;

beforeAll(async () => {
  product = await Product.start();
  [ours, theirs] = [await register(product.url, 'Ours'), await register(product.url, 'Theirs')];
  await createEvents(ours, 'clicks');
}, 180_000);

afterAll(() => product?.dispose());

async function createEvents({ api }: SignedIn, name: string): Promise<string> {
  const { createEventDataset } = await api.query(
    `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { id } userErrors { message } } }`,
    { input: { name, fields: [{ name: 'amount', type: 'FLOAT' }] } },
  );
  const input = { dataset: createEventDataset.dataset.id as string, measures: ['count'] };
  await until('analytics to know the dataset', async () => {
    const { errors } = await api.raw(`query($input: MetricQueryInput!) { metricQuery(input: $input) { truncated } }`, {
      input,
    });
    return !errors;
  });
  return input.dataset;
}

const codes = ({ errors }: { errors?: { extensions?: { code?: string } }[] }) =>
  errors?.map(({ extensions }) => extensions?.code);
const ME = { query: '{ me { id tenant { id } } }' };

describe('signing in', () => {
  it.each([
    ['a wrong password', () => ({ email: ours.email, password: 'Wrong-Password-1' })],
    ['an unknown e-mail', () => ({ email: 'nobody@example.test', password: 'Wrong-Password-1' })],
  ])('%s is answered as INVALID_CREDENTIALS, and with the same words', async (_case, input) => {
    const { login } = await new Api(product.url).query(
      `mutation($input: LoginInput!) { login(input: $input) { session { accessToken } userErrors { code message } } }`,
      { input: input() },
    );
    expect(login.session).toBeNull();
    expect(login.userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
  });
});

describe('an access token', () => {
  const claims = () =>
    JSON.parse(Buffer.from(ours.accessToken.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
  const header = () =>
    JSON.parse(Buffer.from(ours.accessToken.split('.')[0]!, 'base64url').toString()) as { kid: string };

  it('forged with another key is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: header().kid }).sign(privateKey);
    const { status, body } = await new Api(product.url, forged).send(ME);
    expect([status, codes(body)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('with another tenant written into it is refused', async () => {
    const [head, , signature] = ours.accessToken.split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims(), tenant_id: theirs.tenantId })).toString('base64url');
    const { status, body } = await new Api(product.url, [head, changed, signature].join('.')).send(ME);
    expect([status, codes(body)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('that says it needs no signature is refused', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${ours.accessToken.split('.')[1]}.`;
    const { status, body } = await new Api(product.url, none).send(ME);
    expect([status, codes(body)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('shows its own tenant only', async () => {
    const { me } = await ours.api.query(ME.query);
    expect(me.tenant.id).toBe(ours.tenantId);
    const { user } = await ours.api.query(`query($id: ID!) { user(id: $id) { id } }`, { id: theirs.userId });
    expect(user).toBeNull();
  });
});

describe('an operation', () => {
  it('with an unknown field is answered with its name', async () => {
    const { body } = await ours.api.send({ query: '{ me { shoeSize } }' });
    expect(body.errors?.[0]?.message).toMatch(/shoeSize/);
    expect(codes(body)).toEqual(['UNKNOWN_FIELD']);
  });

  it('30 levels deep is refused before it is planned', async () => {
    const deep = `{ me { ${'memberships { tenant { '.repeat(14)} id ${'} }'.repeat(14)} } }`;
    expect(codes((await ours.api.send({ query: deep })).body)).toEqual(['QUERY_TOO_COMPLEX']);
  });

  it('without its permission is answered with null and a coded error', async () => {
    const { body } = await ours.api.as(undefined).send({ query: '{ datasets { edges { node { id } } } }' });
    expect(codes(body)?.[0]).toMatch(/UNAUTHORIZED_FIELD_OR_TYPE|UNAUTHENTICATED/);
    expect(body.data?.datasets ?? null).toBeNull();
  });

  it('asking for a measure that does not exist hears which there are', async () => {
    const { datasetByName } = await ours.api.query(`{ datasetByName(name: "clicks") { id } }`);
    const body = await ours.api.raw(
      `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { key } } }`,
      {
        input: { dataset: datasetByName.id, measures: ['revenue; drop table events'] },
      },
    );
    expect(codes(body)).toEqual(['UNKNOWN_MEASURE']);
  });
});

it('a body of 200 MB is refused with 413, without being read to its end', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 32);
  const { status, code, sent } = await new Promise<{ status: number; code: string; sent: number }>(
    (resolve, reject) => {
      let sent = 0;
      let answered = false;
      const outgoing = request(
        `${product.url}/graphql`,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${ours.accessToken}`,
            'content-length': 200 * chunk.length,
          },
        },
        (incoming) => {
          let text = '';
          incoming.on('data', (part: Buffer) => (text += part.toString()));
          incoming.on('end', () => {
            answered = true;
            const body = JSON.parse(text) as { errors: { extensions: { code: string } }[] };
            resolve({ status: incoming.statusCode!, code: body.errors[0]!.extensions.code, sent });
          });
        },
      );
      outgoing.on('error', (error) => answered || setTimeout(() => answered || reject(error), 1_000));
      const write = (): void => {
        while (sent < 200 && !answered) {
          sent++;
          if (!outgoing.write(chunk)) {
            outgoing.once('drain', write);
            return;
          }
        }
      };
      write();
    },
  );
  expect([status, code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  expect(sent).toBeLessThan(100);
});

describe('ingestion', () => {
  const ingest = (body: string, dataset = 'clicks', type = 'application/x-ndjson') =>
    ours.api.rest('POST', `/ingest?dataset=${dataset}`, body, { 'content-type': type });

  it('takes the good lines of a batch and names the broken ones', async () => {
    const { status, body } = await ingest(
      '{"name":"click","properties":{"amount":1}}\n{"name":"cli\n{"properties":{"amount":2}}\n{"name":"click","properties":{"amount":3}}\n',
    );
    expect(status).toBe(202);
    expect(body.data.accepted).toBe(2);
    expect(body.data.errors).toMatchObject([
      { line: 2, code: expect.any(String) },
      { line: 3, code: expect.any(String), message: expect.stringMatching(/name/) },
    ]);
  });

  it('does not know another tenant’s dataset', async () => {
    await createEvents(theirs, 'secrets');
    const { status, body } = await ingest('{"name":"x"}\n', 'secrets');
    expect(body.data?.accepted ?? 0).toBe(0);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('refuses a body that claims to be gzip and is not', async () => {
    const { status, body } = await ours.api.rest('POST', '/ingest?dataset=clicks', 'not gzip', {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    expect(status).toBe(400);
    expect(body.error.code).toMatch(/BAD_REQUEST|INVALID_INPUT/);
  });
});

it('an import whose file lacks a column fails before anything is loaded, and says which', async () => {
  const upload = await ours.api.rest('POST', '/upload?name=people.csv', 'name,age\nAnn,31\n', {
    'content-type': 'text/csv',
  });
  const { importDataset } = await ours.api.query(
    `mutation($input: ImportDatasetInput!) { importDataset(input: $input) { importRun { id } userErrors { code message } } }`,
    {
      input: {
        fileId: upload.body.data.fileId,
        name: 'people',
        fields: [
          { name: 'name', type: 'STRING' },
          { name: 'shoe_size', type: 'INTEGER' },
        ],
      },
    },
  );
  const failure = importDataset.importRun
    ? await until('the import to fail', async () => {
        const { importRun } = await ours.api.query(
          `query($id: ID!) { importRun(id: $id) { status rowsLoaded errorCode errorMessage } }`,
          { id: importDataset.importRun.id },
        );
        return importRun.status === 'FAILED' && importRun;
      })
    : { errorMessage: importDataset.userErrors[0].message, rowsLoaded: 0 };
  expect(failure.errorMessage).toMatch(/shoe_size/);
  expect(failure.rowsLoaded).toBe(0);
});

describe('a stopped store', () => {
  const total = async (dataset: string) => {
    const { data } = await ours.api.raw(
      `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { values } } }`,
      { input: { dataset, measures: ['count'] } },
    );
    return Number(data?.metricQuery?.rows[0]?.values[0] ?? -1);
  };

  it('PostgreSQL killed: coded errors, then all goes on, with everything that was accepted', async () => {
    const dataset = await createEvents(ours, 'before_crash');
    await ours.api.rest('POST', '/ingest?dataset=before_crash', '{"name":"a"}\n{"name":"b"}\n', {
      'content-type': 'application/x-ndjson',
    });
    const postmaster = Number(readFileSync(`${product.dataDir}/postgres/postmaster.pid`, 'utf8').split('\n')[0]);
    process.kill(postmaster, 'SIGKILL');
    const seen = new Set<string>();
    await until('the database to be back', async () => {
      const answer = await ours.api.raw('{ dashboards { edges { node { id } } } }');
      for (const code of codes(answer) ?? []) seen.add(code ?? 'none');
      return !answer.errors;
    });
    expect([...seen].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    await until('both events to be counted', async () => (await total(dataset)) === 2);
  }, 120_000);

  it('the columns server killed: UNAVAILABLE at most, then all goes on', async () => {
    const dataset = await createEvents(ours, 'columns_crash');
    const { pid } = JSON.parse(readFileSync(`${product.dataDir}/columns/columns.pid`, 'utf8')) as { pid: number };
    await ours.api.rest('POST', '/ingest?dataset=columns_crash', '{"name":"a"}\n', {
      'content-type': 'application/x-ndjson',
    });
    await until('the event to be counted', async () => (await total(dataset)) === 1);
    process.kill(pid, 'SIGKILL');
    await ours.api.rest('POST', '/ingest?dataset=columns_crash', '{"name":"b"}\n', {
      'content-type': 'application/x-ndjson',
    });
    await until('both events to be counted', async () => (await total(dataset)) === 2);
  }, 120_000);
});

it('signing out ends the access token, and the streams that live by it, within seconds', async () => {
  const leaving = await register(product.url, 'Leaving');
  const id = await createEvents(leaving, 'goodbye');
  const events = leaving.api.subscribe(
    `subscription($input: MetricQueryInput!) { liveMetricQuery(input: $input) { kind } }`,
    {
      input: { dataset: id, measures: ['count'] },
    },
  );
  expect((await events.next()).value).toMatchObject({ data: { liveMetricQuery: { kind: 'SNAPSHOT' } } });
  const cut = events.next().then(
    ({ done }) => (done ? 'ended' : 'went on'),
    (closed: { code?: number }) => closed.code,
  );
  await leaving.api.query('mutation { logout { success } }');
  expect(await cut).toBe(4403);
  await until('the token to be refused', async () => (await leaving.api.send(ME)).status === 401, 10_000);
});
