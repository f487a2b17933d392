import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { newId } from '../../subgraphs/kernel/ids';

const REQUEST_ID = /^[\w.-]{8,128}$/;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The client's `x-request-id` where it is a sane one, else a new UUIDv7. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

/** The trace context for the calls that a request causes: a new span of the client's trace, or of a new one. */
export function traceparentOf(headers: IncomingHttpHeaders): string {
  const given = headers.traceparent;
  const [, trace, parent, flags] = (typeof given === 'string' && TRACEPARENT.exec(given)) || [];
  const known = trace && parent && !/^0+$/.test(trace) && !/^0+$/.test(parent);
  const span = randomBytes(8).toString('hex');
  return known ? `00-${trace}-${span}-${flags}` : `00-${randomBytes(16).toString('hex')}-${span}-00`;
}
