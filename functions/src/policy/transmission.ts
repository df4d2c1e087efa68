import type { Policy } from './schema.ts';

/** Characters of an address at most, as servers and proxies take them. */
const LONGEST_ADDRESS = 2048;

/** Stands for the number of the part in an address that takes an export in parts. */
export const PART_MARK = '{part}';

/** Why an archive is not sent to an address. */
export type AddressProblem = 'notAnAddress' | 'notHttps' | 'hostNotAllowed';

export type CheckedAddress =
  | { readonly ok: true; readonly url: URL; readonly host: string }
  | { readonly ok: false; readonly because: AddressProblem };

/**
 * May an archive be sent there (GDPR Art. 20(2))? Only by HTTPS, to its port, without credentials
 * in the address, and only to a host that stands in the policy's list, letter by letter: no
 * subdomain, no other spelling. The host's target is looked at when it is connected to. Pure.
 *
 * @param address as the person gave it: `https://host/path`, in which `{part}` stands for the
 * number of the part
 */
export function transmissionTo(policy: Policy, address: unknown, part = 1): CheckedAddress {
  if (typeof address !== 'string' || address.length > LONGEST_ADDRESS || !/^[\x21-\x7e]+$/.test(address))
    return { ok: false, because: 'notAnAddress' };
  const text = address.replaceAll(PART_MARK, String(part));
  if (!URL.canParse(text)) return { ok: false, because: 'notAnAddress' };
  const url = new URL(text);
  if (url.protocol !== 'https:') return { ok: false, because: 'notHttps' };
  if (url.username !== '' || url.password !== '' || url.hash !== '') return { ok: false, because: 'notAnAddress' };
  const hosts = policy.rights.transmission?.hosts ?? [];
  // With its port: the list has names alone, so only the port of HTTPS is left.
  return hosts.includes(url.host) ? { ok: true, url, host: url.host } : { ok: false, because: 'hostNotAllowed' };
}
