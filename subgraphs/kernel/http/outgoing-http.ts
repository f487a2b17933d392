export interface OutgoingRequest {
  url: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Milliseconds for the whole exchange; default 30,000. */
  timeoutMs?: number;
  /** Bytes of the answer's body; default 10 MB. */
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface OutgoingResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * The only way to fetch a URL that a user gave. http(s) only; the name is resolved once and the address pinned (SNI kept), private,
 * loopback, link-local and metadata ranges are refused unless the operator allows them; redirects are not followed.
 */
export interface OutgoingHttp {
  request(request: OutgoingRequest): Promise<OutgoingResponse>;
  close(): Promise<void>;
}
