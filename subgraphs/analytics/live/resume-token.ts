import { z } from 'zod';
import type { Secrets } from '../../kernel/secrets';
import type { Position } from './live-event';

const PURPOSE = 'live-resume';
const SIGNATURE = 32;
const LONGEST = 16_000;

/** Positions by tile; a query by itself has one, under ''. */
export type Positions = ReadonlyMap<string, Position>;

const entries = z.array(z.tuple([z.string(), z.string(), z.number().int().nonnegative()]));

/** An opaque, signed text that says where a reader is. It is bound to the tenant and the stream it was made for. */
export function resumeToken(secrets: Secrets, tenantId: string, stream: string, positions: Positions): string {
  const text = JSON.stringify([...positions].map(([id, { epoch, sequence }]) => [id, epoch, sequence]));
  return Buffer.from(sign(secrets, tenantId, stream, text) + text).toString('base64url');
}

/** Null for a token that is not ours, not whole or of another stream: the reader then starts from a snapshot. */
export function readResumeToken(secrets: Secrets, tenantId: string, stream: string, token: string): Positions | null {
  if (token.length > LONGEST) return null;
  const content = Buffer.from(token, 'base64url').toString();
  const text = content.slice(SIGNATURE);
  if (content.slice(0, SIGNATURE) !== sign(secrets, tenantId, stream, text)) return null;
  const positions = entries.parse(JSON.parse(text));
  return new Map(positions.map(([id, epoch, sequence]) => [id, { epoch, sequence }]));
}

const sign = (secrets: Secrets, tenantId: string, stream: string, text: string): string =>
  secrets.sign(PURPOSE, `${tenantId}\0${stream}\0${text}`).slice(0, SIGNATURE);
