import type { Readable } from 'node:stream';

export interface FileInfo {
  id: string;
  tenantId: string;
  /** As its owner calls it: for people, never for paths. Escape it in a `Content-Disposition`. */
  name: string;
  contentType: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  createdAt: Date;
}

export interface PutOptions {
  name: string;
  contentType: string;
  /** Bytes; more than this fails with PAYLOAD_TOO_LARGE and leaves nothing behind. */
  maxBytes: number;
  signal?: AbortSignal;
}

/** Files of tenants. An id of another tenant is not found. A file is whole or absent, also after SIGKILL. */
export interface Files {
  /** Resolves when the file is durable. Whatever fails on the way, the content's stream is destroyed and nothing stays. */
  put(tenantId: string, content: Readable, options: PutOptions): Promise<FileInfo>;
  info(tenantId: string, id: string): Promise<FileInfo>;
  /** Bytes `start` to `end`, both included, from 0; default all. A start past the end is INVALID_INPUT, an end past it is the end. */
  read(tenantId: string, id: string, range?: { start: number; end?: number }): Promise<Readable>;
  /** Deleting what is not there is NOT_FOUND. */
  delete(tenantId: string, id: string): Promise<void>;
  /** In order of creation (ids are UUIDv7), after the id `after`; default 100, at most 1,000. */
  list(tenantId: string, after?: string, limit?: number): Promise<FileInfo[]>;
  close(): Promise<void>;
}
