import type { Connection } from '../kernel/graphql/connection';

export const mapConnection = <R, T>({ edges, pageInfo }: Connection<R>, map: (row: R) => T): Connection<T> => ({
  edges: edges.map(({ cursor, node }) => ({ cursor, node: map(node) })),
  pageInfo,
});
