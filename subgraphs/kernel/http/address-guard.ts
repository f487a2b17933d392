import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { DomainError } from '../errors';

/** All addresses of a name; rejects when there are none. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

export const systemResolve: Resolve = (name) => lookup(name, { all: true, verbatim: true });

/** What the operator may open: addresses of the own machine and the own network. */
const PRIVATE = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);

/** Cloud metadata services outside of the link-local range: never, whatever the operator allows. */
const METADATA = new Set(['100.100.100.200', 'fd00:ec2::254', '192.0.0.192', '168.63.129.16']);

/**
 * Whether an address may be connected to. Only global unicast is public: link-local, metadata, multicast, reserved ranges and
 * everything in which IPv4 hides within IPv6 (mapped, compatible, NAT64, 6to4, Teredo) never is.
 */
export function isAllowedAddress(text: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (METADATA.has(address.toString())) return false;
  const range = address.range();
  if (PRIVATE.has(range)) return allowPrivate;
  if (range !== 'unicast') return false;
  // Of IPv6 only 2000::/3 is handed out; what lies outside is no unicast of anybody's (`::127.0.0.1`).
  return address.kind() === 'ipv4' || (address.toByteArray()[0]! & 0xe0) === 0x20;
}

/** Refuses a host that is an address itself; a name is judged when it is resolved. */
export function assertHost(hostname: string, allowPrivate: boolean): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) && !isAllowedAddress(host, allowPrivate)) throw refused(hostname);
}

/**
 * The look-up of a connection: what it answers is what is connected to, so the address that was judged is the one that is used. One
 * forbidden address among several forbids the name: it may be there for the second try.
 */
export function guardedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (name, options, callback) => {
    resolve(name).then(
      (found) => {
        const family = options.family === 4 || options.family === 6 ? options.family : undefined;
        const addresses = found.filter((each) => family === undefined || each.family === family);
        const first = addresses[0];
        if (found.some(({ address }) => !isAllowedAddress(address, allowPrivate))) callback(refused(name), '');
        else if (!first) callback(new Error(`${name} has no address`), '');
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };
}

// It does not say which address a name has: that would map a private network for whoever asks.
const refused = (host: string): DomainError =>
  new DomainError(
    'INVALID_INPUT',
    `"${host}" is not a public address. Use one that is, or ask the operator to allow private addresses.`,
    { field: ['url'] },
  );
