import { GraphQLError, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { DomainError } from '../../subgraphs/kernel/errors';
import type { SubgraphRequest } from '../../subgraphs/kernel/transport';

/** Events that wait for the gateway; it drains them at once, so more than these mean that something is wrong. */
const MOST_PENDING = 1_000;

/**
 * One WebSocket for each subscription, since its introduction carries the identity. The iterator ends the subscription and closes the socket when
 * it is returned or the signal aborts.
 */
export async function subscribeOverWebSocket(
  endpoint: URL,
  { query, operationName, variables, signal }: SubgraphRequest,
  connectionParams: () => Promise<Record<string, string>>,
): Promise<AsyncIterableIterator<ExecutionResult>> {
  const url = new URL(endpoint);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const connected = Promise.withResolvers<void>();
  const client = createClient({
    url: url.href,
    webSocketImpl: WebSocket,
    connectionParams,
    lazy: true,
    lazyCloseTimeout: 0,
    // A lost upstream is told to the subscriber, who decides; a silent retry could lose events.
    retryAttempts: 0,
    keepAlive: 20_000,
    on: { connected: () => connected.resolve() },
  });
  const events = new Pending();
  const stop = client.subscribe<Record<string, unknown>>(
    { query, operationName, variables },
    {
      next: (event) => events.push(event as ExecutionResult),
      error: (error) => {
        const thrown = toError(error);
        connected.reject(thrown);
        events.fail(thrown);
      },
      complete: () => {
        connected.resolve();
        events.end();
      },
    },
  );
  const close = (): void => {
    signal.removeEventListener('abort', close);
    events.end();
    stop();
    void client.dispose();
    connected.reject(new DomainError('CANCELLED', 'The subscription was cancelled.'));
  };
  if (signal.aborted) close();
  signal.addEventListener('abort', close, { once: true });
  events.onOverflow = close;
  try {
    await connected.promise;
  } catch (error) {
    close();
    throw error;
  }
  const iterator: AsyncIterableIterator<ExecutionResult> = {
    next: () => events.next(),
    return: () => {
      close();
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** graphql-ws reports a list of GraphQL errors, a close event or an error. */
function toError(reported: unknown): Error {
  if (Array.isArray(reported)) {
    const [first] = reported as { message?: string; extensions?: Record<string, unknown> }[];
    return new GraphQLError(first?.message ?? 'the subgraph refused the subscription', {
      extensions: first?.extensions,
    });
  }
  if (reported instanceof Error) return reported;
  const { code, reason } = (reported ?? {}) as { code?: number; reason?: string };
  return new Error(`the connection to the subgraph was closed (${code ?? 'no code'} ${reason ?? ''})`);
}

class Pending {
  onOverflow: () => void = () => undefined;
  private readonly events: ExecutionResult[] = [];
  private waiting: PromiseWithResolvers<IteratorResult<ExecutionResult>> | undefined;
  private over: { error?: unknown } | undefined;

  push(event: ExecutionResult): void {
    if (this.over) return;
    if (this.waiting) this.take()!.resolve({ value: event, done: false });
    else if (this.events.push(event) > MOST_PENDING) {
      this.fail(new Error('the gateway did not keep up with the subgraph'));
      this.onOverflow();
    }
  }

  end(): void {
    this.over ??= {};
    this.take()?.resolve({ value: undefined, done: true });
  }

  fail(error: unknown): void {
    if (this.over) return;
    const waiting = this.take();
    this.over = waiting ? {} : { error };
    waiting?.reject(error);
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    const event = this.events.shift();
    if (event) return Promise.resolve({ value: event, done: false });
    if (this.over?.error !== undefined) {
      const { error } = this.over;
      this.over = {};
      return Promise.reject(error as Error);
    }
    if (this.over) return Promise.resolve({ value: undefined, done: true });
    this.waiting = Promise.withResolvers();
    return this.waiting.promise;
  }

  private take() {
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }
}
