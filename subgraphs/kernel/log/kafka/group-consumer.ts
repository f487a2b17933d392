import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer as KafkaConsumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '../../logger';
import { StaleEpochError, type Consumer, type ConsumerOptions } from '../log';
import { Gate } from '../gate';
import { GroupSession } from './group-session';
import { MAX_BATCH_BYTES, toRecord } from './messages';
import { boundsOf } from './topics';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;
/** Refusals of a commit that mean that the partition is somebody else's by now. */
const STALE = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);

export interface KafkaGroupTimes {
  heartbeatMs: number;
  sessionMs: number;
  handOverMs: number;
  drainMs: number;
}

/** A member of a Kafka group. The epoch of an assignment is the group's generation. */
export class GroupConsumer implements Consumer {
  private readonly groupId: string;
  private readonly consumer: KafkaConsumer;
  private readonly gate = new Gate();
  private readonly stopping = new AbortController();
  private readonly failures = new Map<number, number>();
  /** First offset of a batch that waited for company already, per partition. */
  private readonly waited = new Map<number, string>();
  private joined: readonly number[] = [];
  private session: GroupSession | undefined;
  private opened: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly options: ConsumerOptions,
    private readonly times: KafkaGroupTimes,
    private readonly log: Logger,
  ) {
    this.groupId = `${options.group}.${options.topic}`;
    this.consumer = kafka.consumer({
      groupId: this.groupId,
      sessionTimeout: times.sessionMs,
      rebalanceTimeout: times.handOverMs,
      // Zero: every call of heartbeat() asks the coordinator. They are paced here, and each batch begins with one, so that a member that
      // was put out does not begin work.
      heartbeatInterval: 0,
      maxBytesPerPartition: MAX_BATCH_BYTES,
      maxWaitTimeInMs: 500,
      retry: { retries: 10, restartOnFailure: async () => !this.stopping.signal.aborted },
    });
  }

  async start(): Promise<void> {
    const { consumer, options } = this;
    const firstJoin = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        this.close('the group was rebalanced');
        this.joined = payload.memberAssignment[options.topic] ?? [];
        resolve();
      });
    });
    consumer.on(consumer.events.HEARTBEAT, ({ payload }) => this.heard(payload.groupGenerationId));
    consumer.on(consumer.events.REBALANCING, () => this.close('the group is rebalancing'));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.close('the consumer crashed');
      this.log.warn({ err: payload.error, restart: payload.restart }, 'consumer of the log crashed');
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [options.topic], fromBeginning: options.from !== 'latest' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 32,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    await firstJoin;
  }

  async lag(): Promise<ReadonlyMap<number, bigint>> {
    const { topic } = this.options;
    const [committed, bounds] = await Promise.all([
      this.admin.fetchOffsets({ groupId: this.groupId, topics: [topic] }),
      boundsOf(this.admin, topic),
    ]);
    const offsets = new Map(committed[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return new Map(
      [...bounds].map(([partition, { first, next }]) => {
        const from = offsets.get(partition) ?? -1n;
        return [partition, next - (from > first ? from : first)];
      }),
    );
  }

  pause(): void {
    this.gate.close();
  }

  resume(): void {
    this.gate.open();
  }

  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    this.stopping.abort();
    if (this.session) this.session.ending = true;
    const late = setTimeout(() => this.session?.end('the consumer stops'), this.times.drainMs);
    try {
      await this.consumer.stop();
    } finally {
      clearTimeout(late);
    }
    this.close('the consumer stopped');
    await this.opened;
    await this.consumer.disconnect();
  }

  /** The first heartbeat after a join tells the generation; the session is opened with it. */
  private heard(generation: number): void {
    if (this.session?.generation === generation || this.stopping.signal.aborted) return;
    const session = new GroupSession(this.options.topic, generation, this.joined);
    this.session = session;
    this.opened = this.opened
      .then(() => this.options.onAssigned?.(session.assignments))
      .catch((error: unknown) => this.log.error({ err: error }, 'the consumer could not take its partitions'));
  }

  private close(reason: string): void {
    const { session } = this;
    if (!session) return;
    this.session = undefined;
    session.end(reason);
    this.opened = this.opened
      .then(() => this.options.onRevoked?.(session.assignments))
      .catch((error: unknown) => this.log.error({ err: error }, 'the consumer could not let its partitions go'));
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    await payload.heartbeat();
    await this.opened;
    const { session } = this;
    if (!session || session.ending) return;
    let refused: unknown;
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        refused = error; // thrown when the batch in hand is done: kafkajs then joins again
        session.ending = true;
      });
    }, this.times.heartbeatMs);
    try {
      await this.deliver(payload, session);
    } finally {
      clearInterval(beat);
    }
    if (refused) throw refused as Error;
  }

  private async deliver(payload: EachBatchPayload, session: GroupSession): Promise<void> {
    const { batch } = payload;
    const { partition } = batch;
    const limit = this.options.maxRecords ?? 500;
    if (await this.waitForMore(payload, session)) return; // the next fetch brings it again, with what came meanwhile
    if (!session.committed.has(partition)) session.committed.set(partition, BigInt(batch.messages[0]!.offset));
    for (let at = 0; at < batch.messages.length; at += limit) {
      while (this.gate.isClosed && !session.ending && payload.isRunning()) await sleep(50);
      if (session.ending || !payload.isRunning() || payload.isStale()) return;
      const messages = batch.messages.slice(at, at + limit);
      try {
        await this.handle(payload, session, messages);
        this.failures.delete(partition);
        payload.resolveOffset(messages.at(-1)!.offset);
      } catch (error) {
        if (session.over) return;
        this.log.warn({ err: error, ...session.assignment(partition) }, 'batch failed, trying again');
        await this.backOff(partition, session);
        const offset = String(session.committed.get(partition));
        if (!session.over) this.consumer.seek({ topic: batch.topic, partition, offset });
        return;
      }
    }
  }

  /** Waits once for each batch that is not full; Kafka itself answers a fetch with whatever there is. */
  private async waitForMore({ batch }: EachBatchPayload, session: GroupSession): Promise<boolean> {
    const { maxRecords = 500, maxWaitMs } = this.options;
    const { partition } = batch;
    const first = batch.messages[0]!.offset;
    if (!maxWaitMs || batch.messages.length >= maxRecords || this.waited.get(partition) === first) return false;
    this.waited.set(partition, first);
    const signal = AbortSignal.any([this.stopping.signal, session.abort.signal]);
    await sleep(maxWaitMs, undefined, { signal }).catch(() => undefined);
    return true;
  }

  private handle(payload: EachBatchPayload, session: GroupSession, messages: readonly KafkaMessage[]): Promise<void> {
    const { topic, partition } = payload.batch;
    const assignment = session.assignment(partition);
    return this.options.handle({
      assignment,
      records: messages.map((message) => toRecord(topic, partition, message)),
      nextOffset: BigInt(messages.at(-1)!.offset) + 1n,
      signal: session.abort.signal,
      commit: async (offset) => {
        // kafkajs would commit under whatever generation it has by now.
        if (this.session !== session) throw new StaleEpochError(assignment);
        try {
          await payload.commitOffsetsIfNecessary({
            topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
          });
        } catch (error) {
          if (STALE.has((error as { type?: string }).type ?? '')) throw new StaleEpochError(assignment);
          throw error;
        }
        if (offset > session.committed.get(partition)!) session.committed.set(partition, offset);
      },
    });
  }

  private async backOff(partition: number, session: GroupSession): Promise<void> {
    const failures = this.failures.get(partition) ?? 0;
    this.failures.set(partition, failures + 1);
    const ceiling = Math.min(FIRST_BACK_OFF_MS * 2 ** failures, LONGEST_BACK_OFF_MS);
    const signal = AbortSignal.any([this.stopping.signal, session.abort.signal]);
    await sleep(ceiling / 2 + Math.random() * (ceiling / 2), undefined, { signal }).catch(() => undefined);
  }
}
