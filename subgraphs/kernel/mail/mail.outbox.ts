import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { makeFolder, writeDurably } from '../files/durable';
import { isId } from '../ids';
import type { Logger } from '../logger';
import type { Mail } from './mail';
import { composed, DEFAULT_FROM, messageKey } from './message';

export interface OutboxMailDeps {
  folder: string;
  log: Logger;
  from?: string;
  /** Of one tenant; the oldest go first, and with them the memory of their keys. Default 1,000. */
  keep?: number;
}

/** Keeps every mail as `<tenant>/<key>.eml`, which any mail program opens, instead of sending it: for a start without a mail server. */
export async function openOutboxMail({
  folder,
  log,
  from = DEFAULT_FROM,
  keep = 1_000,
}: OutboxMailDeps): Promise<Mail> {
  await makeFolder(folder);
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    send: async (message, signal) => {
      signal?.throwIfAborted();
      if (!isId(message.tenantId)) throw new Error('a tenant is named by its id');
      const tenantFolder = join(folder, message.tenantId.toLowerCase());
      const path = join(tenantFolder, `${messageKey(message)}.eml`);
      const mail = composed(message, from);
      if (await exists(path)) return;
      const { message: eml } = await composer.sendMail(mail);
      await makeFolder(tenantFolder);
      await writeDurably(path, eml as Buffer); // `buffer: true` makes it one
      await removeOldest(tenantFolder, keep);
      log.info({ tenant_id: message.tenantId, file: path }, 'a mail was kept in the outbox folder');
    },
    close: async () => composer.close(),
  };
}

async function removeOldest(folder: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
  if (names.length <= keep) return;
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      at: await stat(join(folder, name)).then(
        (found) => found.mtimeMs,
        () => 0,
      ),
    })),
  );
  dated.sort((a, b) => a.at - b.at);
  await Promise.all(dated.slice(0, -keep).map(({ name }) => rm(join(folder, name), { force: true })));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
