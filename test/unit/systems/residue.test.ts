import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesPerson } from '../../../functions/src/systems/firestore/visit/residue.ts';
import { proven } from '../../kit/proven.ts';

const subject = {
  uid: 'uid-1',
  pseudonym: 'p',
  accountCreatedAt: 1,
  verifiedEmails: proven('a@example.com'),
  providerIds: { stripeCustomer: 'cus_9' },
};
const names = (data: Record<string, unknown>, without: string[] = [], path = 'logs/1') =>
  namesPerson(path, data, without, subject);

describe('a value that still names a person', () => {
  it.each([
    ['a value', { by: 'uid-1' }],
    ['a part of a text', { line: 'user uid-1 signed in' }],
    ['another case', { line: 'UID-1' }],
    ['a verified e-mail', { mail: 'A@example.com' }],
    ['an id of another system', { customer: 'cus_9' }],
    ['an item of a list of maps', { list: [{ x: ['y', 'uid-1'] }] }],
    ['the name of a field', { members: { 'uid-1': true } }],
    ['a reference to a document', { ref: { path: 'users/uid-1', firestore: {} } }],
  ])('is found in %s', (_, data) => expect(names(data)).toBe(true));

  it('is found in the path', () => expect(names({}, [], 'users/uid-1')).toBe(true));

  it('does not count a field that the policy removes', () => {
    expect(names({ uid: 'uid-1', client: { ip: 'uid-1', os: 'x' } }, ['uid', 'client.ip'])).toBe(false);
    expect(names({ uid: 'uid-1', client: { ip: 'uid-1', os: 'x' } }, ['uid'])).toBe(true);
  });

  it('is nothing if nothing holds an id of the person', () => {
    fc.assert(
      fc.property(
        fc.object({
          key: fc.stringMatching(/^[b-h]{1,5}$/),
          values: [fc.integer(), fc.boolean(), fc.constant(null), fc.stringMatching(/^[b-h]*$/)],
        }),
        (data) => {
          expect(names(data)).toBe(false);
        },
      ),
    );
  });
});
