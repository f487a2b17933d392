import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '../../logger';
import { authenticate, type Credentials } from './authenticate';
import { Engine } from './engine';
import { toException } from './exception';
import { handleQuery } from './handle-query';
import { QueryResponse } from './respond';

export interface ColumnsServerOptions {
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  credentials: Credentials;
  log: Logger;
  /** Queries at once. */
  short?: number;
  long?: number;
  maxQueued?: number;
  maxQueryBytes?: number;
  maxBodyBytes?: number;
  killGraceMs?: number;
  /** The engine will not stop a killed query. */
  onStuck(queryId: string): void;
}

export interface ColumnsServer {
  port: number;
  /** Stops listening, cancels what runs, closes the engine. */
  close(): Promise<void>;
}

/** ClickHouse's HTTP interface over the chdb engine, on loopback. One in a process, one process for a data folder. */
export async function createColumnsServer(options: ColumnsServerOptions): Promise<ColumnsServer> {
  const { dataDir, log } = options;
  const spoolDir = join(dataDir, 'spool');
  rmSync(spoolDir, { recursive: true, force: true });
  mkdirSync(spoolDir, { recursive: true, mode: 0o700 });
  const engine = new Engine({
    path: join(dataDir, 'engine'),
    log,
    short: options.short ?? 4,
    long: options.long ?? 3,
    maxQueued: options.maxQueued ?? 256,
    graceMs: options.killGraceMs ?? 10_000,
    onStuck: options.onStuck,
  });
  const limits = {
    spoolDir,
    maxQueryBytes: options.maxQueryBytes ?? 16 * 1024 * 1024,
    maxBodyBytes: options.maxBodyBytes ?? 4 * 1024 ** 3,
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://columns');
    if (url.pathname === '/ping') {
      await engine.ping();
      response.end('Ok.\n');
      return;
    }
    try {
      authenticate(request, options.credentials);
    } catch (error) {
      new QueryResponse(request, response, { queryId: '', compress: false }).fail(toException(error));
      return;
    }
    if (url.pathname !== '/') response.writeHead(404).end('There is no such path here.\n');
    else await handleQuery(engine, limits, log, request, response, url);
  };

  // Parameters travel in the URL, as with ClickHouse, which takes up to a megabyte of it. A large insert may take its time.
  const server = createServer({ maxHeaderSize: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 15_000 });
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'a request failed');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await engine.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
