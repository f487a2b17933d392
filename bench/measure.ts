import { readdirSync, readFileSync } from 'node:fs';

export interface Spread {
  p50: number;
  p99: number;
  runs: number;
}

/** Runs `work` once after another and answers how long it took, in milliseconds. The first tenth is warm-up and not counted. */
export async function spread(runs: number, work: (index: number) => Promise<unknown>): Promise<Spread> {
  const warmUp = Math.ceil(runs / 10);
  const times: number[] = [];
  for (let index = 0; index < runs + warmUp; index++) {
    const began = performance.now();
    await work(index);
    if (index >= warmUp) times.push(performance.now() - began);
  }
  return spreadOf(times);
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), runs: sorted.length };
}

/** Two things measured in turn, A B A B …, so that both see the same machine; answers each one's spread and the median of the ratios. */
export async function pairwise(
  runs: number,
  a: (index: number) => Promise<unknown>,
  b: (index: number) => Promise<unknown>,
): Promise<{ a: Spread; b: Spread; ratio: number }> {
  const times: { a: number[]; b: number[] } = { a: [], b: [] };
  for (let index = 0; index < runs * 1.1; index++) {
    for (const [name, work] of [
      ['a', a],
      ['b', b],
    ] as const) {
      const began = performance.now();
      await work(index);
      if (index >= runs * 0.1) times[name].push(performance.now() - began);
    }
  }
  const ratios = times.a.map((time, index) => time / times.b[index]!);
  return { a: spreadOf(times.a), b: spreadOf(times.b), ratio: spreadOf(ratios).p50 };
}

/** Resident memory of a process and all its descendants, in megabytes, by program name. Linux only. */
export function residentMemory(pid: number): Record<string, number> {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        const field = (key: string) => new RegExp(`^${key}:\\s+(.+)$`, 'm').exec(status)?.[1] ?? '';
        return [
          {
            pid: Number(name),
            parent: Number(field('PPid')),
            program: programOf(name, field('Name')),
            rss: parseInt(field('RssAnon'), 10) || 0,
          },
        ];
      } catch {
        return [];
      }
    });
  const family = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const each of processes) {
      if (family.has(each.parent) && !family.has(each.pid)) {
        family.add(each.pid);
        grown = true;
      }
    }
  }
  const byProgram: Record<string, number> = {};
  for (const each of processes.filter((one) => family.has(one.pid))) {
    byProgram[each.program] = (byProgram[each.program] ?? 0) + each.rss / 1024;
  }
  return byProgram;
}

/** A Node process by its script, any other by its own name. */
function programOf(pid: string, name: string): string {
  const script = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((argument) => argument.endsWith('.js'));
  return script ? script.split('/').slice(-3).join('/') : name;
}
