import type { Readable } from 'node:stream';

export interface FileInfo {
  id: string;
  tenantId: string;
  name: string;
  contentType: string;
  size: number;
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
  put(tenantId: string, content: Readable, options: PutOptions): Promise<FileInfo>;
  info(tenantId: string, id: string): Promise<FileInfo>;
  read(tenantId: string, id: string, range?: { start: number; end?: number }): Promise<Readable>;
  delete(tenantId: string, id: string): Promise<void>;
  list(tenantId: string, after?: string, limit?: number): Promise<FileInfo[]>;
  close(): Promise<void>;
}
