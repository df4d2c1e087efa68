import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { checkPolicy } from '../../../functions/src/policy/check.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { transmissionTo } from '../../../functions/src/policy/transmission.ts';

/** Art. 20(2): the policy names the hosts to which an export may be sent, letter by letter. */

const source = { kind: 'ownChoice', reference: { en: 'a test', fr: 'un test' } } as const;
const withHosts = (...hosts: string[]): Policy => ({
  ...amikeo,
  rights: { ...amikeo.rights, transmission: { hosts, source } },
});
const policy = withHosts('import.example.org', 'xn--bcher-kva.example');

describe('an address that a person gives', () => {
  it.each([
    ['https://import.example.org/up?token=1', 'https://import.example.org/up?token=1'],
    ['https://IMPORT.example.org:443/', 'https://import.example.org/'],
    ['https://import.example.org/{part}', 'https://import.example.org/3'],
    ['https://b%C3%BCcher.example/x', 'https://xn--bcher-kva.example/x'],
  ])('%s is taken', (address, url) => {
    const checked = transmissionTo(policy, address, 3);
    expect(checked.ok && checked.url.href).toBe(url);
  });

  it.each([
    ['http://import.example.org/', 'notHttps'],
    ['ftp://import.example.org/', 'notHttps'],
    ['//import.example.org/', 'notAnAddress'],
    ['import.example.org', 'notAnAddress'],
    ['https://me@import.example.org/', 'notAnAddress'],
    ['https://me:secret@import.example.org/', 'notAnAddress'],
    ['https://import.example.org/#x', 'notAnAddress'],
    [' https://import.example.org/', 'notAnAddress'],
    ['https://import.example.org/a b', 'notAnAddress'],
    ['https://import.example.org/\r\nhost: x', 'notAnAddress'],
    [`https://import.example.org/${'x'.repeat(2048)}`, 'notAnAddress'],
    ['https://import.example.org:8443/', 'hostNotAllowed'],
    ['https://import.example.org.evil.example/', 'hostNotAllowed'],
    ['https://evil.example/?import.example.org', 'hostNotAllowed'],
    ['https://evil.example\\@import.example.org/', 'hostNotAllowed'],
    ['https://evil.example#@import.example.org/', 'notAnAddress'],
    ['https://sub.import.example.org/', 'hostNotAllowed'],
    ['https://example.org/', 'hostNotAllowed'],
    ['https://import.example.org./', 'hostNotAllowed'],
    ['https://127.0.0.1/', 'hostNotAllowed'],
    ['https://[::1]/', 'hostNotAllowed'],
    ['https://2130706433/', 'hostNotAllowed'],
    [42, 'notAnAddress'],
    [null, 'notAnAddress'],
    [{ href: 'https://import.example.org/' }, 'notAnAddress'],
  ])('%j is not: %s', (address, because) => {
    expect(transmissionTo(policy, address)).toEqual({ ok: false, because });
  });

  it('any such address leads to a host of the list by HTTPS, or nowhere', () => {
    const parts = fc.constantFrom(
      'https://',
      'import.example.org',
      '@',
      ':',
      '/',
      '\\',
      '.',
      '#',
      '?',
      '%2e',
      'evil.example',
      '[',
      ']',
      '443',
      '\t',
      '{part}',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 8 }), (pieces) => {
        const checked = transmissionTo(policy, `https://${pieces.join('')}`);
        if (!checked.ok) return;
        expect(checked.url.protocol).toBe('https:');
        expect(policy.rights.transmission?.hosts).toContain(checked.url.hostname);
        expect([checked.url.port, checked.url.username, checked.url.password]).toEqual(['', '', '']);
      }),
    );
  });

  it('is nobody’s if the policy has no list', () => {
    const rights = Object.fromEntries(Object.entries(amikeo.rights).filter(([name]) => name !== 'transmission'));
    expect(transmissionTo({ ...amikeo, rights: rights as Policy['rights'] }, 'https://import.example.org/')).toEqual({
      ok: false,
      because: 'hostNotAllowed',
    });
  });
});

describe('the list of a policy', () => {
  it.each([
    'localhost',
    '10.0.0.1',
    '[::1]',
    'Import.example.org',
    'import.example.org:443',
    'https://import.example.org',
    '*.example.org',
    'example.org.',
    'a..b',
    '-a.example',
    '',
  ])('does not take %j', (host) => expect(checkPolicy(withHosts(host)).ok).toBe(false));
  it('takes names of hosts', () => expect(checkPolicy(withHosts('import.example.org')).ok).toBe(true));
});
