import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../ids';
import type { EventLog, LogRecord, StoredRecord } from '../log';

/** What the suites share. */
export interface Tools {
  log(): EventLog;
  makeTopic(partitions?: number, retentionMs?: number | null): Promise<string>;
  record(key: string, value: unknown): LogRecord;
}

export const topicName = (): string => `t-${newId()}`;

export async function readAll(log: EventLog, topic: string): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (const [partition, { first, next }] of await log.bounds(topic)) {
    for (let from = first; from < next;) {
      const records = await log.read(topic, partition, from, 1_000);
      if (records.length === 0) break;
      all.push(...records);
      from = records.at(-1)!.offset + 1n;
    }
  }
  return all;
}

export async function eventually(check: () => void | Promise<void>, timeoutMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(10)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
