import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock } from '../../clock';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import { openDiskFiles } from '../files.disk';

/** Uploads without end, two at a time, and tells its parent of each file that is durable. To be killed in the middle of it. */
async function main(folder: string): Promise<void> {
  const files = await openDiskFiles({
    folder,
    clock: systemClock,
    log: createLogger({ service: 'uploader', level: 'error' }),
  });
  const upload = async (): Promise<never> => {
    for (const tenantId = newId(); ;) {
      const content = Readable.from(Array.from({ length: 20 }, () => randomBytes(20_000)));
      const options = { name: 'n', contentType: 'application/octet-stream', maxBytes: 1_000_000 };
      const { id } = await files.put(tenantId, content, options);
      process.send!({ tenantId, id });
    }
  };
  await Promise.all([upload(), upload()]);
}

void main(process.argv[2]!);
