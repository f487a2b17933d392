import { newId } from '../../ids';
import type { Logger } from '../../logger';
import { Pacer } from '../../pacer';
import type { Assignment, Consumer, ConsumerOptions } from '../log';
import { Gate } from '../gate';
import type { SeenClaim, GroupStore } from './group-store';
import { PartitionRunner, type RunnerDeps } from './partition-runner';

export interface MemberTimes {
  heartbeatMs: number;
  sessionMs: number;
  /** How long the batch in hand may go on after a hand-over or a stop began before its signal aborts. */
  drainMs: number;
}

export interface MemberDeps {
  store: GroupStore;
  options: ConsumerOptions;
  times: MemberTimes;
  /** What a runner needs of its partition in the log. */
  partition(partition: number): Pick<RunnerDeps, 'head' | 'waitFor' | 'read'>;
  log: Logger;
}

/** One member of a group: beats, takes the partitions that are its to have, lets others go, and runs those it holds. */
export class GroupMember implements Consumer {
  private member = newId();
  private readonly runners = new Map<number, PartitionRunner>();
  private readonly leaving = new Map<number, Promise<void>>();
  private readonly gate = new Gate();
  private readonly pacer: Pacer;
  private running = true;
  private stopping = false;
  private heardAt = 0;
  private loop: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly deps: MemberDeps) {
    this.pacer = new Pacer(deps.times.heartbeatMs);
  }

  async start(): Promise<void> {
    await this.deps.store.join(this.member);
    this.heardAt = performance.now();
    this.loop = this.run();
  }

  /** A notification of any group; beats at once when it is this one's. */
  notified(payload: string): void {
    if (this.deps.store.isAbout(payload)) this.pacer.wake();
  }

  lag(): Promise<ReadonlyMap<number, bigint>> {
    return this.deps.store.lag();
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

  private async run(): Promise<void> {
    while (this.running) {
      try {
        await this.beat();
        await this.pacer.wait();
      } catch (error) {
        if (!this.running) break;
        this.deps.log.warn({ err: error }, 'heartbeat of the log failed, trying again');
        // Others think us dead by now: whatever we do could be done twice.
        if (performance.now() - this.heardAt > this.deps.times.sessionMs) await this.loseAll();
        await this.pacer.backOff();
      }
    }
  }

  private async beat(): Promise<void> {
    const { store } = this.deps;
    const sentAt = performance.now();
    const beat = await store.beat(this.member);
    if (!beat.alive) {
      this.deps.log.warn('put out of the group for being late, joining again');
      await this.loseAll();
      this.member = newId();
      await store.join(this.member);
      this.heardAt = performance.now();
      return this.pacer.wake();
    }
    this.heardAt = sentAt;
    for (const claim of beat.claims) this.compare(claim);
    if (beat.unsettled) {
      await store.settle();
      return this.pacer.wake();
    }
    if (!this.stopping && beat.claims.some(({ mine, held, free }) => mine && !held && free)) await this.take();
  }

  /** What is ours by the table and what we run may differ after a hand-over, or when we were taken for dead. */
  private compare({ partition, epoch, mine, held }: SeenClaim): void {
    const runner = this.runners.get(partition);
    if (!runner || this.leaving.has(partition)) {
      // Held without a runner: our take was answered too late, or nobody heard the answer. Letting go lets us take it anew.
      if (!runner && held) this.track(partition, this.deps.store.release(this.member, [partition]));
      return;
    }
    if (!held || runner.assignment.epoch !== epoch) this.track(partition, this.forget(runner));
    else if (!mine) this.track(partition, this.handOver([runner]));
  }

  private async take(): Promise<void> {
    const { store, options, log } = this.deps;
    const claimed = await store.claim(this.member);
    const fresh = claimed.filter(({ partition }) => !this.runners.has(partition));
    const assignments = fresh.map(({ partition, epoch }): Assignment => ({ topic: options.topic, partition, epoch }));
    if (assignments.length === 0) return;
    try {
      await options.onAssigned?.(assignments);
    } catch (error) {
      log.error({ err: error }, 'the consumer could not take its partitions');
      throw error; // held without a runner: let go at the next beat, and taken again
    }
    if (this.stopping) return;
    fresh.forEach(({ partition, epoch, committed }, index) => {
      const member = this.member;
      this.runners.set(
        partition,
        new PartitionRunner({
          assignment: assignments[index]!,
          committed,
          options,
          gate: this.gate,
          commit: (offset) => store.commit(member, partition, epoch, offset),
          log,
          ...this.deps.partition(partition),
        }),
      );
    });
  }

  /** Lets the batches in hand end, then the partitions go. */
  private async handOver(runners: readonly PartitionRunner[]): Promise<void> {
    const { store, options, times, log } = this.deps;
    const ended = await Promise.all(
      runners.map(async (runner) => ({ runner, ended: await runner.drain(times.drainMs) })),
    );
    for (const { runner, ended: inTime } of ended) {
      if (!inTime) log.error(runner.assignment, 'a batch does not end; the partition is taken from it by its epoch');
      runner.lose();
      this.runners.delete(runner.assignment.partition);
    }
    const assignments = runners.map(({ assignment }) => assignment);
    await options.onRevoked?.(assignments);
    await store.release(
      this.member,
      assignments.map(({ partition }) => partition),
    );
  }

  private async forget(runner: PartitionRunner): Promise<void> {
    runner.lose();
    await runner.drain(this.deps.times.drainMs);
    this.runners.delete(runner.assignment.partition);
    await this.deps.options.onRevoked?.([runner.assignment]);
  }

  private async loseAll(): Promise<void> {
    for (const [partition, runner] of this.runners) {
      if (this.leaving.has(partition)) runner.lose();
      else this.track(partition, this.forget(runner));
    }
    await Promise.all(this.leaving.values());
  }

  private track(partition: number, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.deps.log.error({ err: error, partition }, 'a partition could not be let go'))
      .finally(() => {
        this.leaving.delete(partition);
        this.pacer.wake();
      });
    this.leaving.set(partition, tracked);
  }

  private async shutDown(): Promise<void> {
    // Beats go on while the batches in hand end, so that nobody takes them over.
    this.stopping = true;
    for (const [partition, runner] of this.runners) {
      if (!this.leaving.has(partition)) this.track(partition, this.handOver([runner]));
    }
    await Promise.all(this.leaving.values());
    this.running = false;
    this.pacer.wake();
    await this.loop;
    await this.deps.store
      .leave(this.member)
      .catch((error: unknown) =>
        this.deps.log.warn({ err: error }, 'left without a word; others wait for the session to end'),
      );
  }
}
