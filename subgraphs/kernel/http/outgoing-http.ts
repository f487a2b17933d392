import type { Readable } from 'node:stream';

export interface OutgoingRequest {
  url: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Milliseconds for the whole exchange; default 30,000. */
  timeoutMs?: number;
  /** Bytes of the answer's body, unpacked; default 10 MB. */
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface OutgoingResponse {
  status: number;
  /** Names in lower case; of a repeated header the values joined by `, `. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** The body fails with PAYLOAD_TOO_LARGE, UNAVAILABLE or the abort's reason; destroy it when it is not read to its end. */
export type OutgoingStream = Omit<OutgoingResponse, 'body'> & { body: Readable };

/**
 * The only way to fetch a URL that a user gave. http(s) only; the name is resolved once and the address pinned (SNI kept), private,
 * loopback, link-local and metadata ranges are refused unless the operator allows them; redirects are not followed: a 3xx is answered as it is.
 *
 * Any status is an answer. Errors: INVALID_INPUT for a URL or header that may not be used, UNAVAILABLE when there was no answer in
 * time, PAYLOAD_TOO_LARGE, and the reason of `signal` when that was aborted.
 */
export interface OutgoingHttp {
  request(request: OutgoingRequest): Promise<OutgoingResponse>;
  /** The same for large answers: in bounded memory, as they come. */
  stream(request: OutgoingRequest): Promise<OutgoingStream>;
  close(): Promise<void>;
}
