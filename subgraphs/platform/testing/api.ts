import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

export interface ApiError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; [key: string]: unknown };
}

export interface ApiResult<T = Record<string, any>> {
  data?: T | null;
  errors?: ApiError[];
}

/** A client of the product's public API, as any other program would be one. */
export class Api {
  private socket: Client | undefined;

  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  as(token: string | undefined): Api {
    return new Api(this.url, token);
  }

  private get headers(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  async send(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: ApiResult }> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, body: (await response.json()) as ApiResult };
  }

  /** The answer, errors and all. */
  async raw(query: string, variables: Record<string, unknown> = {}): Promise<ApiResult> {
    return (await this.send({ query, variables })).body;
  }

  /** The data, or a throw with every error. */
  async query<T = Record<string, any>>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { data, errors } = await this.raw(query, variables);
    if (errors?.length) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  async rest(
    method: string,
    path: string,
    body?: BodyInit,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: any }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.headers, ...headers },
      body,
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? (JSON.parse(text) as unknown) : null };
  }

  /** Events of a subscription, until `return` is called. */
  subscribe<T = Record<string, any>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): AsyncIterableIterator<ApiResult<T>> {
    this.socket ??= createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.headers,
      retryAttempts: 0,
    });
    return this.socket.iterate({ query, variables }) as unknown as AsyncIterableIterator<ApiResult<T>>;
  }

  async close(): Promise<void> {
    await this.socket?.dispose();
  }
}

const SESSION = `session { accessToken refreshToken user { id } } userErrors { code field message }`;

export interface SignedIn {
  api: Api;
  userId: string;
  tenantId: string;
  accessToken: string;
  refreshToken: string;
  email: string;
  password: string;
}

let counter = 0;

/** A new workspace with its administrator. */
export async function register(url: string, name = `Workspace ${++counter}`): Promise<SignedIn> {
  const email = `admin-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}@example.test`;
  const password = `Correct-Horse-${Math.random().toString(36).slice(2)}`;
  const input = { email, password, displayName: `Admin of ${name}`, tenantName: name };
  const { register: payload } = await new Api(url).query(
    `mutation($input: RegisterInput!) { register(input: $input) { ${SESSION} } }`,
    { input },
  );
  return signedIn(url, payload, email, password);
}

export async function login(url: string, email: string, password: string): Promise<SignedIn> {
  const { login: payload } = await new Api(url).query(
    `mutation($input: LoginInput!) { login(input: $input) { ${SESSION} } }`,
    {
      input: { email, password },
    },
  );
  return signedIn(url, payload, email, password);
}

function signedIn(url: string, payload: any, email: string, password: string): SignedIn {
  if (!payload.session) throw new Error(JSON.stringify(payload.userErrors));
  const { accessToken, refreshToken, user } = payload.session as {
    accessToken: string;
    refreshToken: string;
    user: { id: string };
  };
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { tenant_id: string };
  return {
    api: new Api(url, accessToken),
    userId: user.id,
    tenantId: claims.tenant_id,
    accessToken,
    refreshToken,
    email,
    password,
  };
}

/** Waits until `probe` answers something; throws after `timeoutMs`, saying what it waited for. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
