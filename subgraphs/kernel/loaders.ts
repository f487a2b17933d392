import DataLoader from 'dataloader';

/**
 * The DataLoaders of one request, made on first use and shared by all its resolvers. Loaders live as long as the request, never longer,
 * so that what one user loaded is never served to another.
 */
export class LoaderRegistry {
  private readonly loaders = new Map<string, DataLoader<string, unknown>>();

  /**
   * The loader called `name`; `batch` gets distinct ids and answers in any order by id (missing ids become null).
   */
  get<T>(
    name: string,
    batch: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  ): DataLoader<string, T | null> {
    let loader = this.loaders.get(name);
    if (!loader) {
      loader = new DataLoader<string, unknown>(
        async (ids) => {
          const found = await batch(ids);
          return ids.map((id) => found.get(id) ?? null);
        },
        { maxBatchSize: 1_000 },
      );
      this.loaders.set(name, loader);
    }
    return loader as DataLoader<string, T | null>;
  }
}
