/** Entry of the columns server: a child process of the supervisor, which tells it over IPC what to do and whose end is its end. */
import { createLogger } from '../../logger';
import { createColumnsServer, type ColumnsServer } from './columns-server';
import type { ServerMessage, StartMessage } from './messages';

const tell = (message: ServerMessage): void => void process.send?.(message);

/** Ends at once, without destructors: the engine's threads may still run, and what it has acknowledged is on disk. */
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
};

async function start(message: StartMessage): Promise<void> {
  const log = createLogger({ service: 'columns-server', level: message.logLevel });
  let server: ColumnsServer;
  try {
    server = await createColumnsServer({
      ...message.limits,
      dataDir: message.dataDir,
      port: message.port,
      credentials: { username: message.username, password: message.password },
      log,
      onStuck: (queryId) => {
        log.error({ query_id: queryId }, 'the engine does not stop a killed query; recycling the columns server');
        tell({ type: 'recycling', queryId });
        setTimeout(die, 50);
      },
    });
  } catch (error) {
    const { message: text, code } = error as NodeJS.ErrnoException;
    tell({ type: 'failed', message: text, code });
    setTimeout(die, 50);
    return;
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the columns server did not close cleanly');
        die();
      },
    );
  };
  process.on('SIGTERM', stop);
  tell({ type: 'ready', port: server.port });
}

// A signal to the whole group (Ctrl-C) is the parent's business: it stops us in its order.
process.on('SIGINT', () => undefined);
process.once('disconnect', die);
process.once('message', (message) => void start(message as StartMessage));
tell({ type: 'hello' });
