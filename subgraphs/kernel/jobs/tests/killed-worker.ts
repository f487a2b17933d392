import { createLogger } from '../../logger';
import { openPgBossJobs } from '../jobs.pg-boss';

/** Takes a job and holds it for ever. To be killed while it does. */
async function main(connectionString: string, name: string): Promise<void> {
  const jobs = await openPgBossJobs({ connectionString, log: createLogger({ service: 'killed', level: 'error' }) });
  await jobs.work({
    name,
    expireSeconds: 10,
    handle: ({ id }) => {
      process.send!(id);
      return new Promise(() => undefined);
    },
  });
  process.send!('ready');
}

void main(process.argv[2]!, process.argv[3]!);
