import { PassThrough, Readable } from 'node:stream';
import { DomainError } from '../kernel/errors';

/**
 * The first bytes of a body, and a stream of all of it. Destroying that stream leaves the body alone: to destroy a request's body is to
 * close its connection, before the client could be told why. Throws when the body breaks off.
 *
 * @param bytes how many to wait for; fewer when the body is shorter.
 */
export async function peek(body: Readable, bytes: number): Promise<{ head: Buffer; all: Readable }> {
  const all = new PassThrough({ highWaterMark: 2 * bytes });
  all.on('error', () => undefined); // whoever reads it next is told; until then it must not count as unheard
  body.once('error', (error) => all.destroy(brokeOff(error)));
  if (body.destroyed && !body.readableEnded) throw brokeOff();
  body.once('close', () => body.readableEnded || all.destroy(brokeOff()));
  body.pipe(all);

  const pieces: Buffer[] = [];
  for (let length = 0; length < bytes;) {
    const piece = all.read() as Buffer | null;
    if (piece) {
      pieces.push(piece);
      length += piece.length;
    } else if (all.readableEnded) break;
    else if (all.destroyed) throw all.errored ?? brokeOff();
    else await change(all);
  }
  const head = Buffer.concat(pieces);
  if (all.readableEnded) return { head, all: Readable.from([head], { objectMode: false }) };
  all.unshift(head);
  return { head, all };
}

const brokeOff = (cause?: Error): DomainError =>
  new DomainError('CANCELLED', 'The file broke off before its end and was not kept. Send it again.', {}, { cause });

/** Resolves when there is something to read or no more will come. */
function change(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null): void => {
      for (const event of ['readable', 'end', 'error'] as const) stream.off(event, settle);
      if (error) reject(error);
      else resolve();
    };
    for (const event of ['readable', 'end', 'error'] as const) stream.once(event, settle);
  });
}
