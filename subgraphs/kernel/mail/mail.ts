export interface MailMessage {
  tenantId: string;
  /** One address, without a name. */
  to: string;
  subject: string;
  text: string;
  html?: string;
  /** The same key of a tenant is sent once. */
  idempotencyKey: string;
}

/**
 * Sends mails. Resolves when the mail was taken over for delivery. Errors: INVALID_INPUT for a recipient that cannot be, UNAVAILABLE
 * when the server cannot be reached or refuses for now: send from a job, which tries again.
 */
export interface Mail {
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
