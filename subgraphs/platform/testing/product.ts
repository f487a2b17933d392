import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../kernel/free-port';

export interface ProductOptions {
  /** `main` for one process, `services/main` for one process each. */
  entry?: 'main' | 'services/main';
  demo?: boolean;
  dataDir?: string;
  env?: Record<string, string>;
}

/** The product as a child process, as `npm start` runs it, on a port and a folder of its own. */
export class Product {
  private child: ChildProcess | undefined;
  private output = '';
  readonly dataDir: string;

  private constructor(
    private readonly options: ProductOptions,
    readonly port: number,
  ) {
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'datairis-product-'));
    chmodSync(this.dataDir, 0o755);
  }

  static async start(options: ProductOptions = {}): Promise<Product> {
    const product = new Product(options, await freePort());
    await product.launch();
    return product;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** What it has written so far. */
  get log(): string {
    return this.output;
  }

  /** Starts it (again) and waits until it is ready. */
  async launch(timeoutMs = 120_000): Promise<number> {
    const began = Date.now();
    const entry = join(process.cwd(), 'dist', 'subgraphs', 'platform', `${this.options.entry ?? 'main'}.js`);
    if (!existsSync(entry)) throw new Error(`${entry} is not built; run: npm run build`);
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      HOST: '127.0.0.1',
      PORT: String(this.port),
      DATAIRIS_DATA: this.dataDir,
      DATAIRIS_DEMO: this.options.demo ? 'on' : 'off',
      // All tests come from one address; what is limited is tested where it is built.
      GATEWAY_ANONYMOUS_PER_MINUTE: '100000',
      GATEWAY_ANONYMOUS_PER_HOUR: '1000000',
      AUTH_REGISTRATIONS_PER_HOUR: '100000',
      AUTH_LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
      ...this.options.env,
    };
    const child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (this.output = (this.output + text.toString()).slice(-200_000)));
    while (!(await this.isReady())) {
      if (child.exitCode !== null)
        throw new Error(`the product ended with ${child.exitCode}:\n${this.output.slice(-4_000)}`);
      if (Date.now() - began > timeoutMs)
        throw new Error(`the product was not ready in time:\n${this.output.slice(-4_000)}`);
      await sleep(50);
    }
    return Date.now() - began;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok;
    } catch {
      return false;
    }
  }

  /** SIGTERM by default; resolves when the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    if (!this.options.dataDir) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Sign-in of the demonstration workspace. */
  demoLogin(): { email: string; password: string } {
    return JSON.parse(readFileSync(join(this.dataDir, 'demo.json'), 'utf8')) as { email: string; password: string };
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
