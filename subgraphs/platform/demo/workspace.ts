import { openAsBlob } from 'node:fs';
import type { DemoCredentials } from './credentials';

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

type Failures = { userErrors?: { message: string }[] } | null;

const TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 300_000;
const SESSION = 'session { accessToken accessTokenExpiresAt } userErrors { message }';

/**
 * The demonstration's administrator at work: an ordinary client of the public API, by HTTP, with no rights but its own. So the
 * demonstration runs in the same way whether the product is one process or many.
 */
export class Workspace {
  private token = '';
  private renewAt = 0;

  constructor(
    private readonly url: string,
    private readonly credentials: DemoCredentials,
    private readonly signal: AbortSignal,
  ) {}

  /** Signs in; registers first where nobody is known by this e-mail. */
  async signIn(): Promise<void> {
    const { email, password } = this.credentials;
    const session =
      (await this.session('login', 'LoginInput', { email, password })) ??
      (await this.session('register', 'RegisterInput', {
        email,
        password,
        displayName: 'Demo',
        tenantName: 'Demonstration',
      }));
    if (!session) throw new Error(`the demonstration's user ${email} exists with another password`);
    this.token = session.accessToken;
    const now = Date.now();
    this.renewAt = now + (Date.parse(session.accessTokenExpiresAt) - now) / 2;
  }

  private async session(
    field: string,
    type: string,
    input: object,
  ): Promise<{ accessToken: string; accessTokenExpiresAt: string } | null> {
    const operation = `mutation($input: ${type}!) { ${field}(input: $input) { ${SESSION} } }`;
    const { data, errors } = await this.post<
      Record<string, { session: { accessToken: string; accessTokenExpiresAt: string } | null }>
    >(operation, { input });
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    return data![field]!.session;
  }

  /** @typeParam T the shape of the operation's data. Throws what is wrong, user errors included. */
  async ask<T>(operation: string, variables: Record<string, unknown> = {}): Promise<T> {
    if (Date.now() > this.renewAt) await this.signIn();
    const { data, errors } = await this.post<T>(operation, variables);
    const failed = Object.values((data ?? {}) as Record<string, Failures>).flatMap((field) => field?.userErrors ?? []);
    const problems = [...(errors ?? []), ...failed].map(({ message }) => message);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return data!;
  }

  private async post<T>(query: string, variables: Record<string, unknown>): Promise<Answer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.authorization() },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([this.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return (await response.json()) as Answer<T>;
  }

  /** Uploads a file of this machine; answers its id. */
  async upload(path: string, name: string): Promise<string> {
    const response = await fetch(`${this.url}/upload?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', ...this.authorization() },
      body: await openAsBlob(path),
      signal: AbortSignal.any([this.signal, AbortSignal.timeout(UPLOAD_TIMEOUT_MS)]),
    });
    const answer = (await response.json()) as { data?: { fileId: string }; error?: { message: string } };
    if (!answer.data) throw new Error(answer.error?.message ?? `the upload was answered with ${response.status}`);
    return answer.data.fileId;
  }

  private authorization(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  /** Tries again for a while: one subgraph hears of another's change a moment later. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt === 60 || this.signal.aborted) throw error;
        await this.pause(500);
      }
    }
  }

  /** Ends at once when the demonstration is stopped. */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.signal.addEventListener('abort', done, { once: true });
    });
  }
}
