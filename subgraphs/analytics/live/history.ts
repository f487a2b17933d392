import { newId } from '../../kernel/ids';
import type { Position } from './live-event';
import type { RowsDelta } from './keyed-rows';

/** Deltas kept for readers that come back, and rows in them, whichever is reached first. */
const MOST_DELTAS = 64;
const MOST_ROWS = 20_000;

const sizeOf = ({ rows, removed, order }: RowsDelta): number => rows.length + removed.length + (order?.length ?? 0);

/** The last deltas of one group, so that a reader that was away can go on without a gap. */
export class History {
  private epoch = newId();
  private sequence = 0;
  private readonly deltas: RowsDelta[] = [];
  private rows = 0;

  get position(): Position {
    return { epoch: this.epoch, sequence: this.sequence };
  }

  add(delta: RowsDelta): void {
    this.sequence++;
    this.deltas.push(delta);
    this.rows += sizeOf(delta);
    while (this.deltas.length > MOST_DELTAS || (this.rows > MOST_ROWS && this.deltas.length > 0)) {
      this.rows -= sizeOf(this.deltas.shift()!);
    }
  }

  /** Begins anew: no earlier position can be continued. */
  restart(): void {
    this.epoch = newId();
    this.sequence = 0;
    this.deltas.length = 0;
    this.rows = 0;
  }

  /** The deltas after a position, oldest first; null when it is of another history or too long ago. */
  since({ epoch, sequence }: Position): readonly RowsDelta[] | null {
    const missed = this.sequence - sequence;
    if (epoch !== this.epoch || missed < 0 || missed > this.deltas.length) return null;
    return missed === 0 ? [] : this.deltas.slice(-missed);
  }
}
