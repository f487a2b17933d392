import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../ids';
import { openFromEnv } from './open-from-env';

/** A process of the contract suite that is killed or frozen: `append <topic>`, `hang <topic> <group>`, `slow <topic> <group>`. */
async function main([mode, topic, group]: string[]): Promise<void> {
  const log = await openFromEnv(process.env);
  const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
  if (mode === 'append') {
    const tenantId = newId();
    for (let n = 0; ; n += 5) {
      const values = [n, n + 1, n + 2, n + 3, n + 4];
      const positions = await log.append(
        topic!,
        values.map((value) => ({ tenantId, key: `k${value}`, value })),
      );
      say(positions.map(({ partition, offset }, index) => ({ at: `${partition}:${offset}`, value: values[index] })));
    }
  }
  await log.consume({
    group: group!,
    topic: topic!,
    handle: async ({ assignment, nextOffset, commit }) => {
      say(assignment);
      await sleep(mode === 'slow' ? 1_000 : 600_000);
      await commit(nextOffset).then(
        () => say({ committed: String(nextOffset) }),
        (error: Error) => say({ refused: error.name }),
      );
    },
  });
}

void main(process.argv.slice(2));
