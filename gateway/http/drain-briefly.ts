import type { IncomingMessage } from 'node:http';

const LONGEST_MS = 1_000;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * For a refused body that is still coming: reads and forgets a little of it, then cuts the connection. Closing at once would reset it, and
 * the client would lose the answer that says what was wrong.
 */
export function drainBriefly(request: IncomingMessage): void {
  let bytes = 0;
  const cut = (): void => {
    clearTimeout(timer);
    request.off('data', count);
    request.socket.destroySoon();
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) cut();
  };
  const timer = setTimeout(cut, LONGEST_MS);
  timer.unref();
  request.once('end', () => clearTimeout(timer));
  request.once('close', () => clearTimeout(timer));
  request.on('data', count);
}
