import { Readable, Transform, type TransformCallback } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../subgraphs/kernel/errors';
import type { RestRoute, SubgraphTransport } from '../../subgraphs/kernel/transport';
import { identityOf } from './request-hooks';

/** A REST route that a subgraph owns. */
export interface ForwardedRoute {
  subgraph: string;
  route: RestRoute;
}

/** Headers that belong to one connection, or that only the gateway may set. */
const NOT_FORWARDED = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-authorization',
  'proxy-connection',
  'authorization',
  'cookie',
  'host',
  'expect',
]);

/** Hands requests to the subgraphs that own the routes: bodies stream through, bounded by the route's `maxBytes`. */
export async function addRestRoutes(
  app: FastifyInstance,
  routes: readonly ForwardedRoute[],
  transport: (subgraph: string) => SubgraphTransport | undefined,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const { subgraph, route } of routes) {
      scope.route({
        method: route.method,
        url: route.path,
        config: { identify: true },
        handler: (request, reply) => forward(request, reply, subgraph, route, transport(subgraph)),
      });
    }
  });
}

async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  subgraph: string,
  route: RestRoute,
  transport: SubgraphTransport | undefined,
): Promise<FastifyReply> {
  if (!transport) throw new DomainError('UNAVAILABLE', `There is no way to the service "${subgraph}".`);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > route.maxBytes) throw tooLarge(route.maxBytes);
  const body = new BoundedBody(route.maxBytes);
  const source = request.body instanceof Readable ? request.body : Readable.from([]);
  source.once('error', (error) => body.destroy(error));
  source.pipe(body);
  try {
    const answer = await Promise.race([
      transport.rest({
        method: request.method,
        path: route.path,
        query: { ...strings(request.query), ...strings(request.params) },
        headers: { ...forwarded(request), traceparent: request.gateway.traceparent },
        body,
        identity: identityOf(request),
        signal: request.gateway.signal,
      }),
      body.refused,
    ]);
    for (const [name, value] of Object.entries(answer.headers)) {
      if (!NOT_FORWARDED.has(name.toLowerCase())) void reply.header(name, value);
    }
    return await reply.code(answer.status).send(answer.body);
  } catch (error) {
    throw body.refusal ?? unavailable(error, subgraph);
  } finally {
    source.unpipe(body);
    source.resume();
  }
}

/** Passes a body on and fails once it is longer than allowed, whatever its announced length. */
class BoundedBody extends Transform {
  refusal: DomainError | undefined;
  readonly refused: Promise<never>;
  private passed = 0;
  private refuse!: (error: DomainError) => void;

  constructor(private readonly maxBytes: number) {
    super();
    this.refused = new Promise<never>((_, reject) => {
      this.refuse = reject;
    });
    this.refused.catch(() => undefined);
    // Whoever reads the body hears of the refusal; a body that nobody reads must not end the process.
    this.on('error', () => undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.passed += chunk.length;
    if (this.passed <= this.maxBytes) return done(null, chunk);
    this.refusal = tooLarge(this.maxBytes);
    this.refuse(this.refusal);
    done(this.refusal);
  }
}

const tooLarge = (maxBytes: number): DomainError =>
  new DomainError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send it in parts.`, { maxBytes });

function unavailable(error: unknown, subgraph: string): unknown {
  if (error instanceof DomainError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new DomainError(
    'UNAVAILABLE',
    `The service "${subgraph}" is not available now. Try again in a moment.`,
    {},
    { cause: error },
  );
}

function forwarded(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = { 'x-request-id': request.id };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !NOT_FORWARDED.has(name))
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function strings(values: unknown): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries((values ?? {}) as Record<string, unknown>)) {
    if (typeof value === 'string') result[key] = value;
    else if (Array.isArray(value)) result[key] = value.map(String).join(',');
  }
  return result;
}
