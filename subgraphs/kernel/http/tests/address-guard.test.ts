import { isAllowedAddress } from '../address-guard';
import { outgoingHeaders, parseTarget } from '../outgoing-request';

describe('isAllowedAddress', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])('lets %s through', (ip) => {
    expect(isAllowedAddress(ip, false)).toBe(true);
    expect(isAllowedAddress(ip, true)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.1.2.3',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd12::1',
  ])('lets %s through only when the operator allows it', (ip) => {
    expect(isAllowedAddress(ip, false)).toBe(false);
    expect(isAllowedAddress(ip, true)).toBe(true);
  });

  it.each([
    ['link-local', '169.254.1.1'],
    ['metadata', '169.254.169.254'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of Oracle', '192.0.0.192'],
    ['metadata over IPv6', 'fd00:ec2::254'],
    ['"this" network', '0.0.0.0'],
    ['"this" network', '0.1.2.3'],
    ['broadcast', '255.255.255.255'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['test net', '198.51.100.1'],
    ['benchmarking', '198.18.0.1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, public', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:7f00:1::'],
    ['unspecified', '::'],
    ['link-local IPv6', 'fe80::1'],
    ['link-local IPv6 with a zone', 'fe80::1%eth0'],
    ['site-local IPv6', 'fec0::1'],
    ['multicast IPv6', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['not an address', 'localhost'],
    ['nothing', ''],
  ])('never lets %s (%s) through', (_what, ip) => {
    expect(isAllowedAddress(ip, false)).toBe(false);
    expect(isAllowedAddress(ip, true)).toBe(false);
  });
});

describe('parseTarget', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://127.1/',
    'http://１２７.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://0/',
    'http://169.254.169.254/latest/meta-data',
    'http://169。254。169。254/',
  ])('refuses %s', (url) => {
    expect(() => parseTarget(url, false)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'javascript:alert(1)',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://',
    'example.com',
    '//example.com',
    '',
    `https://example.com/${'x'.repeat(9_000)}`,
  ])('refuses %.40s', (url) => {
    expect(() => parseTarget(url, true)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
  });

  it('takes names and public addresses', () => {
    expect(parseTarget('https://Example.com:8443/a?b#c', false).href).toBe('https://example.com:8443/a?b');
    expect(parseTarget('http://8.8.8.8/', false).hostname).toBe('8.8.8.8');
  });
});

describe('outgoingHeaders', () => {
  it.each([
    ['Host', 'internal'],
    ['content-length', '1'],
    ['Transfer-Encoding', 'chunked'],
    ['Proxy-Authorization', 'x'],
    ['x-injected', 'a\r\nHost: internal'],
    ['x-zero', 'a\u0000'],
    ['x y', 'z'],
    ['x\r\nHost', 'z'],
    ['x-emoji', '🐘'],
  ])('refuses %j: %j', (name, value) => {
    expect(() => outgoingHeaders({ url: '', headers: { [name]: value } })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }) as Error,
    );
  });

  it('passes others on', () => {
    expect(outgoingHeaders({ url: '', headers: { Authorization: 'Bearer x', 'User-Agent': 'me' } })).toMatchObject({
      Authorization: 'Bearer x',
      'User-Agent': 'me',
    });
  });
});
