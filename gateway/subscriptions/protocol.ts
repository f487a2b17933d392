import { GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import { CloseCode, makeServer, type Context, type Server, type SubscribePayload } from 'graphql-ws';
import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { requestLogger } from '../../subgraphs/kernel/logger';
import { tooManyRequests } from '../http/request-hooks';
import { addressKey } from '../limits/address-key';
import { failedOutcome } from '../operation/outcome-errors';
import type { PreparedRun } from '../operation/runner';
import { shortName } from '../operation/short-name';
import type { OperationCaller } from '../operation/types';
import type { Connection } from './connection';
import { openSubscription } from './federated-subscription';
import { Session } from './session';
import type { SubscriptionServerOptions } from './socket-server';
import type { EventStream } from './event-stream';

type ConnectionContext = Context<Record<string, unknown> | undefined, Connection>;

interface Started {
  run: PreparedRun;
  caller: OperationCaller;
  socket: WebSocket;
  stop: AbortController;
  stream: EventStream | undefined;
}

const TRY_AGAIN_LATER = 1013;
const INIT_TIMEOUT_MS = 5_000;

/** `graphql-transport-ws` over the operation runner: introduction by token, operations, renewal of the token by ping. */
export function createProtocol(options: SubscriptionServerOptions): Server<Connection> {
  const { authenticator, anonymousLimiter, runner, env, metrics } = options;

  const authenticate = (connection: Connection, authorization: string | undefined): Promise<Identity> =>
    authenticator.authenticate(authorization, {
      requestId: connection.requestId,
      address: connection.address,
      language: connection.request.headers['accept-language'],
    });

  return makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,

    async onConnect({ extra, connectionParams }) {
      try {
        const identity = await authenticate(extra, credentialOf(extra, connectionParams));
        if (identity.actor.kind === 'anonymous') await limitAnonymous(extra);
        // What a socket that has closed meanwhile would leave behind, nobody would clear away.
        if (!isOpen(extra)) return false;
        extra.log = requestLogger(options.log, extra.requestId, identity.tenantId);
        extra.session = new Session(identity, {
          onExpired: () => extra.socket.close(CloseCode.Forbidden, 'TOKEN_EXPIRED'),
          watch: (watched) =>
            authenticator.watch(watched, () => extra.socket.close(CloseCode.Forbidden, 'SESSION_ENDED')),
        });
        return { requestId: extra.requestId };
      } catch (error) {
        refuse(extra, error);
        return false;
      }
    },

    async onPing({ extra, acknowledged }, payload) {
      if (!acknowledged || typeof payload?.token !== 'string') return;
      try {
        const renewed = await authenticate(extra, `Bearer ${payload.token.replace(/^Bearer +/i, '')}`);
        if (!isOpen(extra)) return;
        // The pong repeats the payload; the token need not travel again.
        payload.token = '';
        payload.expiresAt = renewed.expiresAt;
        if (!extra.session?.renew(renewed)) extra.socket.close(CloseCode.Forbidden, 'The token is of another user');
      } catch (error) {
        refuse(extra, error);
      }
    },

    async onSubscribe(context, _id, payload) {
      try {
        const started = await start(context, payload);
        const { document, prepared } = started.run;
        return {
          schema: prepared.state.schema,
          document,
          // The one that was selected: what the client says may be empty, which the protocol's own search does not take.
          operationName: started.run.name,
          contextValue: started,
        };
      } catch (error) {
        if (error instanceof GraphQLError) return [error];
        const { result } = failedOutcome(error, context.extra.requestId, context.extra.log);
        return [...(result.errors ?? [])];
      }
    },

    execute: async (args) => {
      const { run, caller, stop, socket } = args.contextValue as Started;
      const begin = performance.now();
      const leave = (): void => stop.abort();
      if (socket.readyState === socket.OPEN) socket.once('close', leave);
      else leave();
      try {
        const result = await runner.execute(run, caller, {}, []);
        metrics.observeRequest(run.kind, result.errors ? 'partial' : 'ok', (performance.now() - begin) / 1_000);
        return result;
      } finally {
        socket.off('close', leave);
      }
    },

    subscribe: (args) => (args.contextValue as Started).stream!,
  });

  async function start(context: ConnectionContext, payload: SubscribePayload): Promise<Started> {
    const { extra, subscriptions } = context;
    if (Object.keys(subscriptions).length > env.GATEWAY_SUBSCRIPTIONS_PER_SOCKET) {
      throw new DomainError('RATE_LIMITED', 'This connection has too many operations open. End one first.');
    }
    const session = extra.session!;
    if (session.identity.actor.kind === 'anonymous') await limitAnonymous(extra);
    const stop = new AbortController();
    const caller = (): OperationCaller => ({
      identity: session.identity,
      signal: stop.signal,
      log: extra.log,
      traceparent: extra.traceparent,
    });
    const { query, operationName, variables } = payload;
    const run = runner.prepare({ query, operationName, variables }, caller());
    extra.log.info({ kind: run.kind, name: shortName(run.name) }, 'operation over websocket');
    if (run.kind !== 'subscription') return { run, caller: caller(), socket: extra.socket, stop, stream: undefined };
    const capacity = env.GATEWAY_SUBSCRIPTION_QUEUE;
    const begin = performance.now();
    let ended = false;
    const stream: { current?: EventStream } = {};
    metrics.subscriptions.inc();
    const end = (): void => {
      if (ended) return;
      ended = true;
      stop.abort();
      if (stream.current) session.streams.delete(stream.current);
      metrics.subscriptions.dec();
    };
    const opened = await openSubscription(runner, {
      run,
      caller,
      capacity,
      onEnd: end,
    }).catch((error: unknown) => {
      end();
      throw error;
    });
    stream.current = opened;
    if (!ended) session.streams.add(opened);
    metrics.observeRequest('subscription', 'ok', (performance.now() - begin) / 1_000);
    // The socket may have closed while the upstream was being opened; nobody else would end the stream then.
    if (!isOpen(extra)) await opened.return();
    return { run, caller: caller(), socket: extra.socket, stop, stream: opened };
  }

  async function limitAnonymous({ address }: Connection): Promise<void> {
    const decision = await anonymousLimiter?.take(addressKey(address));
    if (decision && !decision.allowed) throw tooManyRequests(decision.retryAfterSeconds);
  }
}

const isOpen = ({ socket }: Connection): boolean => socket.readyState === socket.OPEN;

/** `connectionParams.authorization`, else the header of the upgrade request. */
function credentialOf({ request }: Connection, params: Record<string, unknown> | undefined): string | undefined {
  const given = params?.authorization ?? params?.Authorization;
  if (given === undefined || given === null) return request.headers.authorization;
  if (typeof given !== 'string') throw new DomainError('UNAUTHENTICATED', '"authorization" must be a text.');
  return given;
}

function refuse({ socket, log }: Connection, error: unknown): void {
  if (error instanceof DomainError && (error.code === 'UNAUTHENTICATED' || error.code === 'TOKEN_EXPIRED')) {
    log.info({ code: error.code }, 'websocket refused');
    return socket.close(CloseCode.Forbidden, error.code);
  }
  if (error instanceof DomainError) return socket.close(TRY_AGAIN_LATER, error.code);
  log.error({ err: error }, 'websocket could not be authenticated');
  socket.close(CloseCode.InternalServerError, 'Internal server error');
}
