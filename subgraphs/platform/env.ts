import { z } from 'zod';
import { gatewayEnv } from '../../gateway/env';
import { authEnv } from '../auth';
import { EnvError, parseEnv, type Env } from '../kernel/env/env';
import { dataEnv, processEnv, storesEnv } from '../kernel/env/groups';
import { StartError } from '../kernel/database/start-error';

/** What the whole product reads: the table in the README is checked against it. */
export const envGroups = { process: processEnv, data: dataEnv, stores: storesEnv, gateway: gatewayEnv, auth: authEnv };

export type ProductEnv = Env<typeof envGroups>;

/** One subgraph as a process of its own, beside the groups above. */
export const serviceEnv = z.object({
  DATAIRIS_SERVICE: z.string().describe('Which subgraph this process is'),
  GATEWAY_URL: z.url().describe('Where the gateway listens'),
});

/** Like parseEnv, for a process's start: what is wrong is for its operator to mend. */
export function readEnv<G extends Parameters<typeof parseEnv>[0]>(groups: G): Env<G> {
  try {
    return parseEnv(groups, process.env);
  } catch (error) {
    throw error instanceof EnvError ? new StartError(error.message) : error;
  }
}
