import 'reflect-metadata';
import { StartError } from '../../kernel/database/start-error';
import { run } from '../run';
import { ensureOperator, OPERATOR_USAGE } from './ensure-operator';
import { IMPORT_USAGE, importFile } from './import-file';

const COMMANDS = { import: importFile, operator: ensureOperator };

/** `npm run admin -- <command>`: what only who runs the installation may do. Works beside a running product and without one. */
void run('admin', async (log, lifecycle) => {
  const [name, ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name as keyof typeof COMMANDS] : undefined;
  if (!command) throw new StartError(`Usage: npm run admin -- <command>\n  ${IMPORT_USAGE}\n  ${OPERATOR_USAGE}`);
  const succeeded = await command(args, log, lifecycle);
  await lifecycle.stop();
  process.exit(succeeded ? 0 : 1);
});
