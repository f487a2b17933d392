import { z } from 'zod';
import { DomainError } from '../errors';
import type { Secrets } from '../secrets';

/** Arguments of every list: at most 200 a page. */
export const pageInput = z.object({
  first: z.number().int().min(1, 'ask for at least 1').max(200, 'ask for at most 200 at a time').default(50),
  after: z.string().nullish(),
});

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

/** Cursors are opaque, signed, and bound to the tenant and the list: nobody can make one up or carry it elsewhere. */
export interface Cursors {
  encode(tenantId: string, list: string, position: string): string;
  /** Throws INVALID_INPUT for a cursor of another tenant, list or hand. */
  decode(tenantId: string, list: string, cursor: string): string;
}

export function createCursors(secrets: Secrets): Cursors {
  const sign = (tenantId: string, list: string, position: string) =>
    secrets.sign('cursor', `${tenantId}\0${list}\0${position}`).slice(0, 32);
  return {
    encode: (tenantId, list, position) =>
      Buffer.from(`${sign(tenantId, list, position)}${position}`).toString('base64url'),
    decode(tenantId, list, cursor) {
      const text = Buffer.from(cursor, 'base64url').toString();
      const position = text.slice(32);
      if (text.slice(0, 32) !== sign(tenantId, list, position)) {
        throw new DomainError('INVALID_INPUT', 'This cursor is not from this list. Begin again without "after".', {
          field: ['after'],
        });
      }
      return position;
    },
  };
}

/**
 * One page. Fetch `first + 1` rows in the order of `position`, which must be unique and stable (a UUIDv7, say).
 *
 * @param rows up to `first + 1` rows.
 */
export function toConnection<R, T>(
  rows: readonly R[],
  page: { first: number; after?: string | null | undefined },
  cursorOf: (row: R) => string,
  node: (row: R) => T,
): Connection<T> {
  const edges = rows.slice(0, page.first).map((row) => ({ cursor: cursorOf(row), node: node(row) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: Boolean(page.after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
