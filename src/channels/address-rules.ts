import { BlockList, isIP } from 'node:net';

/** `never`: link-local, metadata services, and what is no host's address. `private`: only where a person listed it. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'never';

type Range = readonly [network: string, prefix: number];

const NEVER: readonly Range[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  // Metadata services of Oracle Cloud and Alibaba Cloud, outside the link-local range.
  ['192.0.0.192', 32],
  ['100.100.100.200', 32],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Metadata service of AWS over IPv6.
  ['fd00:ec2::254', 128],
];

const LOOPBACK: readonly Range[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['fc00::', 7],
  // Addresses that lead on to IPv4 ones: translated, tunnelled, compatible.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
];

const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

const RULES = [
  { addressClass: 'never', list: listOf(NEVER) },
  { addressClass: 'loopback', list: listOf(LOOPBACK) },
  { addressClass: 'private', list: listOf(PRIVATE) },
] as const;

/** An IPv4 address written as IPv6 (::ffff:10.0.0.1) is judged as the IPv4 address that it is. */
export function classOfAddress(address: string): AddressClass {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return RULES.find(({ list }) => list.check(address, family))?.addressClass ?? 'public';
}

/** The class of a host name as far as it shows without asking anybody; undefined when only a resolver can tell. */
export function classOfHost(host: string): AddressClass | undefined {
  const name = bareHost(host);
  if (isIP(name) !== 0) return classOfAddress(name);
  if (METADATA_NAMES.has(name)) return 'never';
  return name === 'localhost' || name.endsWith('.localhost') ? 'loopback' : undefined;
}

/** Lower case, without the brackets of IPv6 and the dot that ends a full name. */
export function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
