import ipaddr from 'ipaddr.js';

const LONGEST_KEY = 64;

/**
 * What an address is limited by: an IPv4 address, also when it is written as IPv6; of any other IPv6 address the network of 64 bits, since
 * whoever has one address of it has them all. A text that is no address stands for itself.
 */
export function addressKey(address: string | null): string {
  if (address === null) return 'unknown';
  if (!ipaddr.isValid(address)) return address.slice(0, LONGEST_KEY);
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
