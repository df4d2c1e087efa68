import ipaddr from 'ipaddr.js';

/**
 * Addresses that are given out to the public internet (RFC 4291; IANA, IPv6 Global Unicast Address
 * Assignments).
 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Is this the address of somebody on the public internet? Not loopback, not private, not link-local
 * (a cloud's metadata server answers there), not shared, reserved, documented, tunnelled or
 * translated. An IPv4 address within an IPv6 one counts as itself. Pure.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}
