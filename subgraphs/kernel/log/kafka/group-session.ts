import type { Assignment } from '../log';

/**
 * One membership of a group between two rebalances. kafkajs says which partitions it has when it joins, and its generation at the next
 * heartbeat: a session is open from then on.
 */
export class GroupSession {
  readonly abort = new AbortController();
  /** Kafka asks to join again: what is in hand may still finish and commit, nothing new begins. */
  ending = false;
  /** Offset to go on from after a failure, per partition. */
  readonly committed = new Map<number, bigint>();

  constructor(
    readonly topic: string,
    readonly generation: number,
    readonly partitions: readonly number[],
  ) {}

  get over(): boolean {
    return this.abort.signal.aborted;
  }

  get assignments(): Assignment[] {
    return this.partitions.map((partition) => this.assignment(partition));
  }

  assignment(partition: number): Assignment {
    return { topic: this.topic, partition, epoch: this.generation };
  }

  end(reason: string): void {
    this.ending = true;
    this.abort.abort(new Error(reason));
  }
}
