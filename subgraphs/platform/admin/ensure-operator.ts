import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createAuthSubgraph, ensureUser } from '../../auth';
import { StartError } from '../../kernel/database/start-error';
import { newId } from '../../kernel/ids';
import type { Lifecycle } from '../../kernel/lifecycle';
import type { Logger } from '../../kernel/logger';
import { startSubgraph } from '../../kernel/subgraph';
import { openDeps } from './open-deps';

export const OPERATOR_USAGE = `operator --email <e-mail> [--workspace <name>]
    Makes (or resets) an operator of the installation, with the role super_admin, in a workspace of its own; prints a new password once.`;

/** The first super_admin cannot come through the API: nobody could grant it. */
export async function ensureOperator(args: string[], log: Logger, lifecycle: Lifecycle): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: { email: { type: 'string' }, workspace: { type: 'string', default: 'Operations' } },
  });
  const { email, workspace } = values;
  if (!email) throw new StartError(`Usage: npm run admin -- ${OPERATOR_USAGE}`);
  const { env, deps } = await openDeps(log, lifecycle);
  const auth = await startSubgraph(createAuthSubgraph(env.auth), deps);
  const password = randomBytes(15).toString('base64url');
  await ensureUser(auth.runtime, {
    email,
    password,
    displayName: 'Operator',
    tenantId: newId(),
    tenantName: workspace,
    roles: ['super_admin'],
  });
  process.stdout.write(`Sign in as ${email} with the password ${password}\n`);
  return true;
}
