import { buffer } from 'node:stream/consumers';
import { Agent, type Dispatcher } from 'undici';
import { DomainError } from '../errors';
import { guardedLookup, systemResolve, type Resolve } from './address-guard';
import { bodyTooLarge, isGzip, limitedBody } from './limited-body';
import type { OutgoingHttp, OutgoingRequest, OutgoingStream } from './outgoing-http';
import { outgoingHeaders, parseTarget } from './outgoing-request';

export interface OutgoingHttpDeps {
  /** Lets requests reach the own machine and network; metadata services and link-local addresses stay closed. */
  allowPrivate: boolean;
  /** Default: the system's resolver. */
  resolve?: Resolve;
  /** Further certificate authorities, PEM. */
  ca?: string | string[];
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** The guarded client, over undici. */
export function createOutgoingHttp({ allowPrivate, resolve = systemResolve, ca }: OutgoingHttpDeps): OutgoingHttp {
  const agent = new Agent({
    connect: { lookup: guardedLookup(resolve, allowPrivate), timeout: CONNECT_TIMEOUT_MS, ...(ca ? { ca } : {}) },
    connections: 16,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 30_000,
    maxHeaderSize: 32_768,
    // The deadline of the whole exchange is ours.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const stream = async (request: OutgoingRequest): Promise<OutgoingStream> => {
    const { maxBytes = DEFAULT_MAX_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = request;
    const url = parseTarget(request.url, allowPrivate);
    const headers = outgoingHeaders(request);
    const deadline = AbortSignal.timeout(timeoutMs);
    const fault = (error: unknown): unknown => {
      if (signal?.aborted) return signal.reason;
      if (error instanceof DomainError) return error;
      return unavailable(url, deadline.aborted ? `no full answer in ${timeoutMs} ms` : reasonOf(error), error);
    };

    signal?.throwIfAborted();
    let response: Dispatcher.ResponseData;
    try {
      response = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method ?? 'GET',
        headers,
        body: request.body,
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
    } catch (error) {
      throw fault(error);
    }

    const answered = flatten(response.headers);
    const encoding = answered['content-encoding'];
    if (!encoding && Number(answered['content-length']) > maxBytes) {
      response.body.on('error', () => undefined).destroy();
      throw bodyTooLarge(maxBytes);
    }
    if (isGzip(encoding)) {
      delete answered['content-encoding'];
      delete answered['content-length'];
    }
    const body = limitedBody(response.body, encoding, maxBytes, fault);
    return { status: response.statusCode, headers: answered, body };
  };

  return {
    stream,
    request: async (request) => {
      const { body, ...answer } = await stream(request);
      return { ...answer, body: await buffer(body) };
    },
    close: () => agent.destroy(),
  };
}

const flatten = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

const unavailable = (url: URL, reason: string, cause: unknown): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    `${url.host} could not be asked: ${reason}. Check the address, then try again.`,
    {},
    { cause },
  );

/** What the asker may know of a failure: its kind, and nothing of our network. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: string } | null)?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known';
  if (code === 'ECONNREFUSED') return 'it refuses the connection';
  if (/CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(code)) return 'it cannot be reached';
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return `its certificate or encryption is not accepted (${code})`;
  if (/^Z_/.test(code)) return 'its answer is not packed properly';
  return 'the connection broke';
}
