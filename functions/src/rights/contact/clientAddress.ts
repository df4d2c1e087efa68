import { isIP, isIPv4, isIPv6 } from 'node:net';

/** The parts of a request that tell the caller's network address. */
export interface Connection {
  /** The header `X-Forwarded-For`, as it came. */
  readonly forwardedFor: string | readonly string[] | undefined;
  /** The other end of the connection: the last proxy, or the caller if there is none. */
  readonly peer: string | undefined;
}

/**
 * Returns the address of a caller, as the nearest proxy that is trusted has told it; undefined if
 * nobody has. Each proxy adds the address that it sees at the right of `X-Forwarded-For`.
 * Everything further left can be made up. `rawRequest.ip` is the leftmost: functions-framework
 * trusts every proxy (`trust proxy: true` of Express).
 *
 * A header with fewer addresses than proxies did not pass all of them, so none of it is believed.
 *
 * @param hops how many proxies add an address. 1: Google's front end, with the function's own URL.
 *   0: none, and the connection itself tells. Source: Cloud Run and Cloud Load Balancing,
 *   "X-Forwarded-For header"
 */
export function clientAddress({ forwardedFor, peer }: Connection, hops: number): string | undefined {
  if (hops === 0) return addressIn(peer ?? '');
  const header = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',');
  return addressIn(header.split(',').at(-hops) ?? '');
}

/**
 * Reads one address; some proxies write a port behind it, and brackets around IPv6. Undefined if it
 * is none.
 */
function addressIn(text: string): string | undefined {
  const told = text.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(told)?.[1] ?? /^([\d.]+):\d+$/.exec(told)?.[1] ?? told;
  const address = bare.split('%')[0] ?? '';
  return isIP(address) === 0 ? undefined : address;
}

/** The name of the network of callers without a known address: they share one. */
const UNKNOWN_NETWORK = 'unknown';

/**
 * Returns the network that counts as one caller: an IPv4 address, or the first 64 bits of an IPv6
 * address. An IPv6 site has at least a whole /64 of addresses (RFC 6177), so these count together.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return UNKNOWN_NETWORK;
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return UNKNOWN_NETWORK;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/**
 * Returns the site of an IPv6 network, its first 48 bits: the most that one is usually given
 * (RFC 6177), and 65,536 networks. Undefined of any other network.
 *
 * @param network of `networkOf`
 */
export const siteOf = (network: string): string | undefined =>
  network.includes(':') ? network.split(':').slice(0, 3).join(':') : undefined;

/**
 * The eight groups of an IPv6 address. A URL's host is its one form (WHATWG URL): no dotted end, no
 * leading zeros.
 */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address.split('%')[0] ?? ''}]`).hostname.slice(1, -1);
  const [left = [], right = []] = canonical
    .split('::')
    .map((part) => part.split(':').flatMap((group) => (group === '' ? [] : [parseInt(group, 16)])));
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}
