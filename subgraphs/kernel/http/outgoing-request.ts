import { DomainError } from '../errors';
import { assertHost } from './address-guard';
import type { OutgoingRequest } from './outgoing-http';

const MAX_URL_LENGTH = 8_192;

/** Headers that say how, or to whom, the connection speaks: ours alone to set. */
const OUR_HEADERS =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|expect|upgrade|te|trailer|keep-alive|proxy-.*|:.*)$/i;

/** The URL, if it may be asked for at all. The parser turns every spelling of an IPv4 address (decimal, octal, hex) into the dotted one. */
export function parseTarget(text: string, allowPrivate: boolean): URL {
  if (text.length > MAX_URL_LENGTH) throw invalid(`The URL is longer than ${MAX_URL_LENGTH} characters.`);
  const url = URL.parse(text);
  if (!url) throw invalid('This is not a URL. Write it in full, such as https://example.com/path.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid('Only http and https URLs can be fetched.');
  }
  if (url.username || url.password) {
    throw invalid('Leave user name and password out of the URL: put them into the credentials or a header.');
  }
  assertHost(url.hostname, allowPrivate);
  url.hash = '';
  return url;
}

export function outgoingHeaders({ headers = {} }: OutgoingRequest): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (OUR_HEADERS.test(name)) throw invalid(`The header "${name}" is set by the platform. Leave it out.`, 'headers');
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw invalid(`The header "${name.slice(0, 100)}" has characters that a header cannot have.`, 'headers');
    }
  }
  return { 'user-agent': 'DataIris', ...headers, 'accept-encoding': 'gzip' };
}

const invalid = (message: string, field = 'url'): DomainError =>
  new DomainError('INVALID_INPUT', message, { field: [field] });
