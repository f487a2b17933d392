import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { createOutgoingHttp } from '../outgoing-http.undici';

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle);
  const port = await listen(server);
  closers.unshift(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, port };
}

function client(options: Partial<Parameters<typeof createOutgoingHttp>[0]> = {}) {
  const http = createOutgoingHttp({ allowPrivate: true, ...options });
  closers.unshift(() => http.close());
  return http;
}

const v4 = (...addresses: string[]): LookupAddress[] => addresses.map((address) => ({ address, family: 4 }));

describe('an exchange', () => {
  it('sends method, headers and body, and answers any status', async () => {
    const { url } = await serve((request, response) => {
      void text(request).then((body) => {
        response.writeHead(422, { 'X-Twice': ['a', 'b'], 'content-type': 'text/plain' });
        response.end(`${request.method} ${request.url} ${String(request.headers['x-one'])} ${body}`);
      });
    });
    const answer = await client().request({
      url: `${url}/path?q=1#fragment`,
      method: 'POST',
      headers: { 'X-One': '1' },
      body: 'žluť',
    });
    expect(answer.status).toBe(422);
    expect(answer.headers).toMatchObject({ 'x-twice': 'a, b', 'content-type': 'text/plain' });
    expect(answer.body.toString()).toBe('POST /path?q=1 1 žluť');
  });

  it('unpacks gzip', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('unpacked'));
    });
    const answer = await client().request({ url });
    expect(answer.body.toString()).toBe('unpacked');
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  it('does not follow a redirect, least of all into the private network', async () => {
    const hits: string[] = [];
    const { url } = await serve((request, response) => {
      hits.push(request.url!);
      response.writeHead(302, { location: request.url === '/out' ? 'http://169.254.169.254/' : '/other' }).end();
    });
    const http = client();
    const answer = await http.request({ url: `${url}/out` });
    expect([answer.status, answer.headers.location]).toEqual([302, 'http://169.254.169.254/']);
    await http.request({ url: `${url}/in` });
    expect(hits).toEqual(['/out', '/in']);
  });
});

describe('addresses', () => {
  it.each([['localhost'], ['127.0.0.1.nip.io'], ['metadata.google.internal'], ['intranet']])(
    'refuses %s, whose address is private',
    async (name) => {
      let hits = 0;
      const { port } = await serve((_, response) => (hits++, response.end()));
      const http = client({ allowPrivate: false, resolve: async () => v4('127.0.0.1') });
      const failure = http.request({ url: `http://${name}:${port}/` });
      await expect(failure).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await expect(failure).rejects.not.toThrow('127.0.0.1:');
      expect(hits).toBe(0);
    },
  );

  it('refuses a name with one private address among public ones, whatever the order', async () => {
    for (const addresses of [v4('93.184.216.34', '10.0.0.1'), v4('10.0.0.1', '93.184.216.34')]) {
      const http = client({ allowPrivate: false, resolve: async () => addresses });
      await expect(http.request({ url: 'http://mixed.example/' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    const mapped = client({ resolve: async () => [{ address: '::ffff:127.0.0.1', family: 6 }] });
    await expect(mapped.request({ url: 'http://mapped.example/' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('resolves once for a connection and connects to what was judged (DNS rebinding)', async () => {
    let hits = 0;
    const { port } = await serve((_, response) => (hits++, response.end('private')));
    const answers = [v4('192.0.2.1'), v4('127.0.0.1')]; // judged first, connected to second, if there were a second look
    let asked = 0;
    const rebinding = client({ allowPrivate: false, resolve: async () => answers[Math.min(asked++, 1)]! });
    await expect(rebinding.request({ url: `http://rebind.example:${port}/`, timeoutMs: 500 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect([asked, hits]).toEqual([1, 0]);

    asked = 0;
    const pinned = client({ resolve: async () => (asked++, v4(asked === 1 ? '127.0.0.1' : '192.0.2.1')) });
    const answer = await pinned.request({ url: `http://pinned.example:${port}/` });
    expect([answer.body.toString(), asked]).toEqual(['private', 1]);
  });

  it('keeps the name for Host and SNI while it connects to the pinned address', async () => {
    let host: string | undefined;
    const { port } = await serve((request, response) => ((host = request.headers.host), response.end()));
    const http = client({ resolve: async () => v4('127.0.0.1') });
    await http.request({ url: `http://shop.example:${port}/` });
    expect(host).toBe(`shop.example:${port}`);

    let sni: string | undefined;
    const server = createTlsServer({
      SNICallback: (name, done) => {
        sni = name;
        done(new Error('no certificate here'));
      },
    });
    server.on('tlsClientError', () => undefined);
    const tlsPort = await listen(server);
    await expect(http.request({ url: `https://shop.example:${tlsPort}/` })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(sni).toBe('shop.example');
  });

  it('says UNAVAILABLE for names and ports where nobody is', async () => {
    const unknown = client({
      resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })),
    });
    await expect(unknown.request({ url: 'http://nowhere.example/' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('not known') as string,
    });
    await expect(client().request({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('refuses') as string,
    });
  });
});

describe('limits', () => {
  const endless = (chunk: Buffer) => (_: IncomingMessage, response: ServerResponse) => {
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  };

  it('stops at the size, announced or not', async () => {
    let closed = false;
    const { url } = await serve((request, response) => {
      response.on('close', () => (closed = true));
      endless(Buffer.alloc(10_000))(request, response);
    });
    await expect(client().request({ url, maxBytes: 100_000 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(closed).toBe(true); // it does not go on receiving

    const announced = await serve((_, response) =>
      response.writeHead(200, { 'content-length': 1_000_000 }).flushHeaders(),
    );
    await expect(client().request({ url: announced.url, maxBytes: 100_000 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    const exact = await serve((_, response) => response.end('12345'));
    await expect(client().request({ url: exact.url, maxBytes: 5 })).resolves.toMatchObject({ status: 200 });
    await expect(client().request({ url: exact.url, maxBytes: 4 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('does not unpack a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024)); // 200 KB that become 200 MB
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const before = process.memoryUsage().arrayBuffers;
    await expect(client().request({ url, maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
  });

  it('calls broken packing UNAVAILABLE', async () => {
    const { url } = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    );
    await expect(client().request({ url })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('stops at the time, before the headers and in the middle of the body', async () => {
    const silent = await serve(() => undefined);
    const slow = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    });
    for (const { url } of [silent, slow]) {
      const started = Date.now();
      await expect(client().request({ url, timeoutMs: 200 })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('200 ms') as string,
      });
      expect(Date.now() - started).toBeLessThan(1_500);
    }
  });

  it('stops when the caller aborts, with the caller’s reason', async () => {
    const { url } = await serve((_, response) => response.write('begun'));
    const reason = new Error('the user left');
    const abort = new AbortController();
    const running = client().request({ url, signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    await expect(client().request({ url, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('streams large answers, and fails in the middle when the other side breaks', async () => {
    const { url } = await serve((request, response) => {
      response.write('x'.repeat(100_000));
      if (request.url === '/broken') setTimeout(() => response.destroy(), 50);
      else response.end('the end');
    });
    const whole = await client().stream({ url, maxBytes: 200_000 });
    expect((await text(whole.body)).endsWith('the end')).toBe(true);
    const broken = await client().stream({ url: `${url}/broken`, maxBytes: 200_000 });
    await expect(text(broken.body)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
