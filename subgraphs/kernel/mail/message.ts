import { createHash } from 'node:crypto';
import { DomainError } from '../errors';
import type { MailMessage } from './mail';

/** Where mails come from when nobody has said. `.invalid` is reserved: no answer ever reaches a stranger. */
export const DEFAULT_FROM = 'no-reply@datairis.invalid';

/** One name per tenant and key. */
export const messageKey = ({ tenantId, idempotencyKey }: MailMessage): string =>
  createHash('sha256').update(`${tenantId}\n${idempotencyKey}`).digest('hex').slice(0, 40);

/** What nodemailer takes. Throws INVALID_INPUT unless `to` is exactly one address: a list in it would reach strangers. */
export function composed(message: MailMessage, from: string) {
  const { to, subject, text, html } = message;
  if (to.length > 320 || !/^[^\s@,;:<>"()[\]\\]+@[^\s@,;:<>"()[\]\\]+$/.test(to)) {
    throw new DomainError(
      'INVALID_INPUT',
      `"${to.slice(0, 100)}" is not a mail address. Write one such as ada@example.com.`,
      {
        field: ['to'],
      },
    );
  }
  return {
    from,
    to: { name: '', address: to },
    subject: subject.replace(/[\r\n\u0000]+/g, ' '),
    text,
    ...(html === undefined ? {} : { html }),
    // The same for a repeated send, so that a mailbox can tell it is the same mail.
    messageId: `<${messageKey(message)}@${from.split('@').at(-1)!.replace(/>$/, '')}>`,
    // A text of ours never makes the library read a file or fetch a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
