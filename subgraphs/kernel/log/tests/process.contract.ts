import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, readAll, topicName, type Tools } from './contract-tools';

/** What must hold when a process of ours is killed. */
export function processCases({
  log,
  makeTopic,
  record,
  childEnv,
}: Tools & { childEnv(): Record<string, string> }): void {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  /** A process that opens the same log; `lines` are what it says. */
  function startChild(...args: string[]): { child: ChildProcess; lines: string[] } {
    const child = spawn(process.execPath, ['-r', '@swc-node/register', join(__dirname, 'child.ts'), ...args], {
      cwd: join(__dirname, '../../../..'),
      env: { ...process.env, ...childEnv() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: string[] = [];
    createInterface(child.stdout!).on('line', (line) => lines.push(line));
    return { child, lines };
  }

  it('has every acknowledged record after the appending process was killed', async () => {
    const topic = await makeTopic(3);
    const { child, lines } = startChild('append', topic);
    await eventually(() => expect(lines.length).toBeGreaterThan(30), 30_000);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const stored = await readAll(log(), topic);
    const at = new Map(stored.map((one) => [`${one.partition}:${one.offset}`, one.value]));
    const acknowledged = lines.flatMap((line) => JSON.parse(line) as { at: string; value: number }[]);
    expect(acknowledged.length).toBeGreaterThan(100);
    for (const { at: position, value } of acknowledged) expect(at.get(position)).toBe(value);
    for (const [partition, { next }] of await log().bounds(topic)) {
      expect(stored.filter((one) => one.partition === partition)).toHaveLength(Number(next));
    }
  });

  it('gives the partitions of a killed member to a living one, with what it had not committed', async () => {
    const topic = await makeTopic(2);
    const group = topicName();
    await log().append(
      topic,
      Array.from({ length: 20 }, (_, n) => record(`k${n}`, n)),
    );
    const { child, lines } = startChild('hang', topic, group);
    await eventually(() => expect(lines.length).toBeGreaterThanOrEqual(2), 30_000); // it has both and commits neither
    const seen: number[] = [];
    const epochs: number[] = [];
    const consumer = await log().consume({
      group,
      topic,
      onAssigned: (assignments) => void epochs.push(...assignments.map(({ epoch }) => epoch)),
      handle: async (batch) => {
        seen.push(...batch.records.map(({ value }) => value as number));
        await batch.commit(batch.nextOffset);
      },
    });
    child.kill('SIGKILL');
    await eventually(() => expect(new Set(seen).size).toBe(20), 45_000);
    const before = lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch);
    expect(Math.min(...epochs)).toBeGreaterThan(Math.max(...before));
    await consumer.stop();
  });

  it('refuses the commit of a member that was frozen, and lets it join again', async () => {
    const topic = await makeTopic(2);
    const group = topicName();
    const append = (count: number, from: number) =>
      log().append(
        topic,
        Array.from({ length: count }, (_, n) => record(`k${from + n}`, from + n)),
      );
    await append(20, 0);
    const { child, lines } = startChild('slow', topic, group);
    await eventually(() => expect(lines.length).toBeGreaterThanOrEqual(2), 30_000);
    child.kill('SIGSTOP');
    const seen: number[] = [];
    const held = new Set<number>();
    const consumer = await log().consume({
      group,
      topic,
      onAssigned: (assignments) => assignments.forEach(({ partition }) => held.add(partition)),
      onRevoked: (assignments) => assignments.forEach(({ partition }) => held.delete(partition)),
      handle: async (batch) => {
        seen.push(...batch.records.map(({ value }) => value as number));
        await batch.commit(batch.nextOffset);
      },
    });
    await eventually(() => expect(new Set(seen).size).toBe(20), 45_000);
    child.kill('SIGCONT');
    await eventually(() => {
      expect(lines.some((line) => line.includes('StaleEpochError'))).toBe(true);
    }, 30_000);
    expect(lines.some((line) => line.includes('committed'))).toBe(false);
    await eventually(() => expect(held.size).toBe(1), 30_000);
    await append(20, 20);
    await eventually(() => expect(lines.some((line) => line.includes('committed'))).toBe(true), 30_000);
    await eventually(async () => expect([...(await consumer.lag()).values()]).toEqual([0n, 0n]), 30_000);
    child.kill('SIGKILL');
    await consumer.stop();
  });
}
