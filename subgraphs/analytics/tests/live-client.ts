import type { ExecutionResult } from 'graphql';
import type { TestActor } from '../../kernel/testing/subgraph';
import type { Workspace } from './workspace';

/** A GraphQL subscription of a test, read one event at a time. */
export class LiveClient {
  private readonly controller = new AbortController();
  private stream: AsyncIterableIterator<ExecutionResult> | undefined;

  static async open(
    workspace: Workspace,
    actor: TestActor,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<LiveClient> {
    const client = new LiveClient();
    const { identity } = actor;
    client.stream = await workspace.executor.subscribe({
      query,
      variables,
      identity,
      signal: client.controller.signal,
    });
    return client;
  }

  /** The next event, or `undefined` at the end; fails when none comes in ten seconds. */
  // `any`: a test reads what it has just asked for.
  async next(): Promise<any> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no event within ten seconds')), 10_000);
    });
    try {
      const result = await Promise.race([this.stream!.next(), late]);
      if (result.done) return undefined;
      const { data, errors } = result.value;
      if (errors) return { errors: errors.map(({ extensions, message }) => ({ code: extensions.code, message })) };
      return Object.values(data as Record<string, unknown>)[0];
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.stream?.return?.();
  }

  /** As the gateway does when a client is gone. */
  abort(): void {
    this.controller.abort();
  }
}
