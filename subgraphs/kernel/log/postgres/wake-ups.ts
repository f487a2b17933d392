import type { Logger } from '../../logger';
import { Pacer } from '../../pacer';
import { openListener, type Listener } from '../../pubsub/postgres-listener';

/** Hears what other processes announce. While the database cannot be reached it keeps trying; polling covers that time. */
export class WakeUps {
  private readonly pacer = new Pacer(0);
  private readonly loop: Promise<void>;
  private listener: Listener | undefined;
  private closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly channel: string,
    private readonly heard: (payload: string) => void,
    private readonly log: Logger,
  ) {
    this.loop = this.open();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pacer.wake();
    await this.loop;
    await this.listener?.close();
  }

  private async open(): Promise<void> {
    while (!this.closed && !this.listener) {
      try {
        this.listener = await openListener({
          connectionString: this.connectionString,
          log: this.log,
          channels: () => [this.channel],
          onNotification: (_, payload) => this.heard(payload),
          onReconnect: () => this.heard('a'),
        });
      } catch (error) {
        this.log.warn({ err: error }, 'the log cannot listen yet, trying again');
        await this.pacer.backOff();
      }
    }
  }
}
