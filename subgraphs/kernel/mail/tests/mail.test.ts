import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import type { Mail, MailMessage } from '../mail';
import { openOutboxMail } from '../mail.outbox';
import { createSmtpMail } from '../mail.smtp';
import { startSmtpServer, type TestSmtpServer } from './smtp-server';

const log = createLogger({ service: 'test', level: 'silent' });
const tenantId = newId();
const message = (changes: Partial<MailMessage> = {}): MailMessage => ({
  tenantId,
  to: 'ada@example.com',
  subject: 'Your report',
  text: 'It is ready.',
  html: '<p>It is ready.</p>',
  idempotencyKey: newId(),
  ...changes,
});

interface MailUnderTest {
  mail: Mail;
  /** The raw texts of what was sent for this tenant to this address. */
  sent(to: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The cases every adapter must pass. */
function mailContract(open: () => Promise<MailUnderTest>): void {
  let under: MailUnderTest;
  beforeEach(async () => void (under = await open()));
  afterEach(() => under.close());

  it('sends text and HTML', async () => {
    await under.mail.send(message({ subject: 'Přehled 🐘', html: '<p>ready</p>' }));
    const [raw] = await under.sent('ada@example.com');
    expect(raw).toMatch(/^To: ada@example\.com$/m);
    expect(raw).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(raw).toContain('It is ready.');
    expect(raw).toContain('<p>ready</p>');
  });

  it('sends the same key of a tenant once, also when asked side by side', async () => {
    const same = message();
    await Promise.all([under.mail.send(same), under.mail.send(same)]);
    await under.mail.send({ ...same, text: 'again' });
    expect(await under.sent('ada@example.com')).toHaveLength(1);
    await under.mail.send({ ...same, tenantId: newId(), to: 'bob@example.com' });
    expect(await under.sent('bob@example.com')).toHaveLength(1);
  });

  it('takes one recipient only, and no header from a text', async () => {
    for (const to of [
      'a@x.example, b@y.example',
      'a@x.example\r\nBcc: b@y.example',
      'A <a@x.example>',
      'a',
      '',
      '@',
      'a@b@c',
    ]) {
      await expect(under.mail.send(message({ to }))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    await under.mail.send(message({ subject: 'x\r\nBcc: eve@example.com' }));
    const [raw] = await under.sent('ada@example.com');
    expect(raw).not.toMatch(/^Bcc:/m);
  });

  it('sends nothing after an abort', async () => {
    await expect(under.mail.send(message(), AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(await under.sent('ada@example.com')).toEqual([]);
  });
}

describe('outbox', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'datairis-mail-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const texts = async () => {
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.eml'));
    return Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  };

  mailContract(async () => {
    const mail = await openOutboxMail({ folder, log });
    const sent = async (to: string) => (await texts()).filter((raw) => raw.includes(`To: ${to}`));
    return { mail, sent, close: () => mail.close() };
  });

  it('remembers keys over a restart, in a folder per tenant', async () => {
    const same = message();
    await (await openOutboxMail({ folder, log })).send(same);
    await (await openOutboxMail({ folder, log })).send(same);
    expect(await readdir(join(folder, tenantId))).toHaveLength(1);
    await expect((await openOutboxMail({ folder, log })).send(message({ tenantId: '../elsewhere' }))).rejects.toThrow(
      'tenant',
    );
  });

  it('keeps the newest only', async () => {
    const mail = await openOutboxMail({ folder, log, keep: 3 });
    for (let n = 0; n < 5; n++) {
      await mail.send(message({ subject: `number ${n}` }));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const subjects = (await texts()).map((raw) => /^Subject: (.*)$/m.exec(raw)![1]).sort();
    expect(subjects).toEqual(['number 2', 'number 3', 'number 4']);
  });
});

describe('smtp', () => {
  mailContract(async () => {
    const server = await startSmtpServer();
    const mail = createSmtpMail({ url: server.url, log });
    return {
      mail,
      sent: async (to) => server.mails.filter((each) => each.to === to).map(({ data }) => data),
      close: async () => {
        await mail.close();
        await server.close();
      },
    };
  });

  const servers: TestSmtpServer[] = [];
  const start = async (answer?: (command: string) => string | undefined) => {
    const server = await startSmtpServer(answer);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('tries again what failed, and says what was wrong', async () => {
    let refuse = true;
    const server = await start((command) => (command === 'RCPT' && refuse ? '450 busy' : undefined));
    const mail = createSmtpMail({ url: server.url, log });
    const same = message();
    await expect(mail.send(same)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: 60 } });
    refuse = false;
    await mail.send(same);
    expect(server.mails).toHaveLength(1);
    await mail.close();
  });

  it('calls a recipient the server does not know INVALID_INPUT', async () => {
    const server = await start((command) => (command === 'RCPT' ? '550 no such user' : undefined));
    const mail = createSmtpMail({ url: server.url, log });
    await expect(mail.send(message())).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await mail.close();
  });

  it('gives up on a server that says nothing, at the time or at the abort', async () => {
    const server = await start((command) => (command === 'CONNECT' ? '' : undefined));
    const mail = createSmtpMail({ url: server.url, log, timeoutMs: 300 });
    await expect(mail.send(message())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('left')), 20);
    await expect(mail.send(message(), abort.signal)).rejects.toThrow('left');
    await mail.close();
    const nobody = createSmtpMail({ url: 'smtp://127.0.0.1:1', log, timeoutMs: 300 });
    await expect(nobody.send(message())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await nobody.close();
  });

  it('gives no password to a server without TLS', async () => {
    const commands: string[] = [];
    const server = await start(
      (command) => (commands.push(command), command === 'EHLO' ? '250-test\r\n250 AUTH PLAIN' : undefined),
    );
    const port = new URL(server.url).port;
    // Not a loopback name for the client, though it is one.
    const mail = createSmtpMail({ url: `smtp://user:secret@[::ffff:127.0.0.1]:${port}`, log, timeoutMs: 1_000 });
    await expect(mail.send(message())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(commands).not.toContain('AUTH');
    expect(server.mails).toEqual([]);
    await mail.close();
  });
});
