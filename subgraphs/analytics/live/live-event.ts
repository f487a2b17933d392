import type { Receipt } from '../../kernel/graphql/shared-types';
import type { MetricRow, ResultColumn } from '../query/answer';

export enum LiveEventKind {
  SNAPSHOT = 'SNAPSHOT',
  DELTA = 'DELTA',
  RESET = 'RESET',
}

/** Where in which group's history a reader is. The epoch names the group's present history and no other. */
export interface Position {
  epoch: string;
  sequence: number;
}

export interface LiveEvent {
  kind: LiveEventKind;
  /** Null in a DELTA: they are those of the snapshot. */
  columns: readonly ResultColumn[] | null;
  rows: readonly MetricRow[];
  removed: readonly string[];
  order: readonly string[] | null;
  truncated: boolean;
  receipt: Receipt;
  position: Position;
}
