import { StartError } from '../kernel/database/start-error';
import { processEnv } from '../kernel/env/groups';
import { Lifecycle, stopOnSignals } from '../kernel/lifecycle';
import { createLogger, type Logger } from '../kernel/logger';

const OLDEST_NODE = 22;

/**
 * Runs a process's composition root: what it starts is stopped in reverse order on SIGTERM and SIGINT; a start that fails stops what runs
 * already and ends with code 1, with one line where the operator can mend it and the whole error where not.
 */
export async function run(service: string, start: (log: Logger, lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  // Somebody at a terminal wants to see how to sign in, not each request; a service manager wants the whole log.
  const wanted = process.env.LOG_LEVEL || (process.stdout.isTTY ? 'warn' : 'info');
  // A wrong level is reported with all other variables, in a moment.
  const level = processEnv.shape.LOG_LEVEL.safeParse(wanted).data ?? 'info';
  const log = createLogger({ service, level });
  const lifecycle = new Lifecycle(log);
  stopOnSignals(lifecycle, log, ['SIGHUP']);
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody looked'));
  try {
    if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
      throw new StartError(
        `Node ${process.version} is too old. Start through npm (npm start), which brings Node ${OLDEST_NODE} or later.`,
      );
    }
    await start(log, lifecycle);
  } catch (error) {
    const line = mendable(error);
    if (line) process.stderr.write(`${line}\n`);
    else log.fatal({ err: error }, 'could not start');
    await lifecycle.stop();
    process.exit(1);
  }
}

/** What the operator can mend, in one line; null for what is our own fault. */
function mendable(error: unknown): string | null {
  if (error instanceof StartError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Stop what listens there, or set PORT to another one.`;
  if (code === 'EACCES' && port)
    return `Port ${port} needs rights this user does not have. Set PORT to one above 1023.`;
  return null;
}
