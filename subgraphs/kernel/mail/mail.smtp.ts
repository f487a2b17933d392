import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { DomainError } from '../errors';
import type { Logger } from '../logger';
import type { Mail, MailMessage } from './mail';
import { composed, DEFAULT_FROM, messageKey } from './message';

export interface SmtpMailDeps {
  /** `smtps://user:password@host:465` (TLS from the start) or `smtp://…:587` (STARTTLS; required when there is a password, except on loopback). */
  url: string;
  log: Logger;
  /** `Name <address>` or an address. */
  from?: string;
  /** Milliseconds for connecting, and for each answer of the server; default 15,000. */
  timeoutMs?: number;
}

const REMEMBERED = 10_000;

/**
 * Sends by SMTP. Keys are remembered in this process; across processes and restarts a repeated send has the same Message-ID, by which
 * mailboxes recognise it: SMTP itself knows no more.
 */
export function createSmtpMail({ url, log, from = DEFAULT_FROM, timeoutMs = 15_000 }: SmtpMailDeps): Mail {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const transport = createTransport({
    host,
    port: Number(port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && username !== '' && !isLoopback(host),
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    pool: true,
    maxConnections: 3,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  transport.on('error', (error) => log.warn({ err: error }, 'the mail server broke a connection'));
  const sent = new Map<string, Promise<void>>();

  const deliver = async (message: MailMessage): Promise<void> => {
    const mail = composed(message, from);
    try {
      await transport.sendMail(mail);
    } catch (error) {
      throw asDomainError(error);
    }
  };

  return {
    send: async (message, signal) => {
      signal?.throwIfAborted();
      const key = messageKey(message);
      let sending = sent.get(key);
      if (!sending) {
        sending = deliver(message);
        sent.set(key, sending);
        sending.catch(() => sent.delete(key)); // what failed may be tried again
        if (sent.size > REMEMBERED) sent.delete(sent.keys().next().value!);
      }
      await orAborted(sending, signal);
    },
    close: async () => transport.close(),
  };
}

/** An abort ends the waiting; a mail already handed to the server cannot be called back. */
async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort!);
  }
}

function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (code === 'EENVELOPE' && (responseCode ?? 0) >= 500) {
    return new DomainError(
      'INVALID_INPUT',
      'The mail server refuses this recipient. Check the address.',
      { field: ['to'] },
      { cause: error },
    );
  }
  return new DomainError(
    'UNAVAILABLE',
    'The mail server does not take the mail just now. Try again later.',
    { retryAfterSeconds: 60 },
    { cause: error },
  );
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
