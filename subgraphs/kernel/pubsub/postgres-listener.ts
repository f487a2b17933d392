import { Client } from 'pg';
import type { Logger } from '../logger';
import { isStoreFault } from './store-fault';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;

export interface ListenerOptions {
  connectionString: string;
  log: Logger;
  /** What to listen to after a reconnect. */
  channels(): readonly string[];
  onNotification(channel: string, payload: string): void;
  /** Everything listens again; what was sent in between is lost. */
  onReconnect(): void;
}

export interface Listener {
  /** Resolves when the channel is heard; while the connection is down at once, since `onReconnect` will follow. */
  listen(channel: string): Promise<void>;
  unlisten(channel: string): Promise<void>;
  close(): Promise<void>;
}

/** One dedicated connection that hears notifications and comes back by itself, with back-off. Rejects when it cannot connect at first. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const listener = new PostgresListener(options);
  await listener.connect();
  return listener;
}

class PostgresListener implements Listener {
  private client: Client | undefined;
  private closed = false;
  private attempt = 0;
  private retry: NodeJS.Timeout | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: ListenerOptions) {}

  async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.options.connectionString,
      application_name: 'datairis-signals',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // Heard from the beginning, since an error event nobody hears ends the process; until all is set up, `connect` itself reports.
    let ready = false;
    client.on('error', (error) => ready && this.lost(client, error));
    client.on('end', () => ready && this.lost(client));
    client.on('notification', ({ channel, payload }) => this.options.onNotification(channel, payload ?? ''));
    try {
      await client.connect();
      // Taken into use before the old channels are heard again: a channel added meanwhile queues behind them.
      this.client = client;
      for (const channel of this.options.channels()) await this.run(client, `listen ${channel}`);
      if (this.closed) throw new Error('closed while connecting');
    } catch (error) {
      if (this.client === client) this.client = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
    ready = true;
    this.attempt = 0;
    this.heartbeat = setInterval(() => void this.beat(client), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  async listen(channel: string): Promise<void> {
    await this.command(`listen ${channel}`);
  }

  async unlisten(channel: string): Promise<void> {
    // Somebody may have come while this waited for its turn.
    await this.command(() => (this.options.channels().includes(channel) ? undefined : `unlisten ${channel}`));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.heartbeat);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async command(sql: string | (() => string | undefined)): Promise<void> {
    const client = this.client;
    if (!client) return;
    try {
      await this.run(client, sql);
    } catch (error) {
      // A connection that broke is made anew and listens to everything; a refusal of a living one is the caller's to know.
      if (this.client === client && !this.closed && !isStoreFault(error)) throw error;
    }
  }

  /** One statement at a time: a client does not queue them for us. */
  private run(client: Client, sql: string | (() => string | undefined)): Promise<void> {
    const turn = this.queue.then(async () => {
      const text = typeof sql === 'string' ? sql : sql();
      if (text !== undefined) await client.query(text);
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async beat(client: Client): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer to the heartbeat')), HEARTBEAT_TIMEOUT_MS);
    });
    try {
      await Promise.race([this.run(client, 'select 1'), late]);
    } catch (error) {
      this.lost(client, error);
    } finally {
      clearTimeout(timer);
    }
  }

  private lost(client: Client, error?: unknown): void {
    if (this.closed || this.client !== client) return;
    this.options.log.warn({ err: error }, 'the connection that hears signals is lost, connecting again');
    this.client = undefined;
    this.queue = Promise.resolve();
    clearInterval(this.heartbeat);
    void client.end().catch(() => undefined);
    this.scheduleRetry();
  }

  private scheduleRetry(): void {
    if (this.closed) return;
    const wait = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.attempt++) * (0.75 + Math.random() / 2);
    this.retry = setTimeout(() => void this.reconnect(), wait);
  }

  private async reconnect(): Promise<void> {
    try {
      await this.connect();
      this.options.onReconnect();
    } catch (error) {
      this.options.log.debug({ err: error }, 'the connection that hears signals is still lost');
      this.scheduleRetry();
    }
  }
}
