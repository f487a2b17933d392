import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { DomainError } from '../../errors';
import type { Logger } from '../../logger';
import { kafkaLogger } from './kafka-logger';
import { mendRequestQueue } from './mend-request-queue';

export interface KafkaClients {
  admin: Admin;
  producer: Producer;
}

export interface KafkaConnectionOptions {
  brokers: readonly string[];
  clientId: string;
  log: Logger;
}

/** Connects when first used, and again at the next use when nobody answered. */
export class KafkaConnection {
  readonly kafka: Kafka;
  private clients: Promise<KafkaClients> | undefined;

  constructor(private readonly options: KafkaConnectionOptions) {
    mendRequestQueue();
    this.kafka = new Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      logLevel: logLevel.WARN,
      logCreator: kafkaLogger(options.log),
    });
  }

  /** Throws UNAVAILABLE when no broker answers. */
  async get(): Promise<KafkaClients> {
    this.clients ??= this.connect();
    try {
      return await this.clients;
    } catch (error) {
      this.clients = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const clients = await this.clients?.catch(() => undefined);
    if (clients) await Promise.all([clients.producer.disconnect(), clients.admin.disconnect()]);
  }

  private async connect(): Promise<KafkaClients> {
    const admin = this.kafka.admin();
    // Idempotent: a retry inside the client repeats nothing. One request at a time, since kafkajs would otherwise mix up sequence
    // numbers; group commit makes up for it.
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
    try {
      await Promise.all([admin.connect(), producer.connect()]);
      return { admin, producer };
    } catch (error) {
      await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
      const message = `Kafka does not answer at ${this.options.brokers.join(', ')}. Check KAFKA_BROKERS and that the brokers run.`;
      throw new DomainError('UNAVAILABLE', message, { retryAfterSeconds: 5 }, { cause: error });
    }
  }
}
