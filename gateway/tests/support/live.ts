import type { TestContext, TestSubgraph } from './federation';

/** A source of events that a test pushes into; counts who listens. */
export class Source<T> {
  listeners = 0;
  private readonly queues = new Set<(item: IteratorResult<T, undefined>) => void>();

  push(item: T): void {
    for (const deliver of this.queues) deliver({ value: item, done: false });
  }

  end(): void {
    for (const deliver of [...this.queues]) deliver({ value: undefined, done: true });
  }

  subscribe(): AsyncIterableIterator<T> {
    const items: IteratorResult<T, undefined>[] = [];
    let waiting: ((item: IteratorResult<T, undefined>) => void) | undefined;
    const deliver = (item: IteratorResult<T, undefined>): void => {
      if (item.done) leave();
      if (waiting) {
        waiting(item);
        waiting = undefined;
      } else items.push(item);
    };
    const leave = (): void => {
      if (this.queues.delete(deliver)) this.listeners--;
    };
    this.queues.add(deliver);
    this.listeners++;
    const iterator: AsyncIterableIterator<T> = {
      next: () => {
        const item = items.shift();
        if (item) return Promise.resolve(item);
        return new Promise((resolve) => {
          waiting = resolve;
        });
      },
      return: () => {
        leave();
        waiting?.({ value: undefined, done: true });
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}

export interface Tick {
  id: string;
  count: number;
}

/** A subgraph that streams, and one that adds to its events. */
export function liveGraph(source: Source<Tick>): TestSubgraph[] {
  return [
    {
      name: 'clock',
      sdl: `
        type Query { now: Int }
        type Subscription { tick(from: Int = 0): Tick open: Int secret: Tick @requiresScopes(scopes: [["read:data"]]) }
        type Tick @key(fields: "id") { id: ID! count: Int! zero: Int hidden: Int @requiresScopes(scopes: [["read:data"]]) }`,
      resolvers: {
        Query: { now: () => 1 },
        Subscription: {
          tick: { subscribe: () => source.subscribe(), resolve: (tick: Tick) => tick },
          secret: { subscribe: () => source.subscribe(), resolve: (tick: Tick) => tick },
          open: {
            subscribe: () => {
              throw new Error('it does not open');
            },
          },
        },
        Tick: { __resolveReference: (ref: object) => ref, hidden: () => 42, zero: () => 0 },
      },
    },
    {
      name: 'names',
      sdl: 'type Query { a: Int } type Tick @key(fields: "id") { id: ID! name: String reader: String }',
      resolvers: {
        Tick: {
          __resolveReference: (ref: object) => ref,
          name: ({ id }: { id: string }) => {
            if (id === 'bad') throw new Error('no name');
            return `name of ${id}`;
          },
          reader: (_: unknown, _args: unknown, { identity }: TestContext) => identity.tenantId,
        },
      },
    },
  ];
}
