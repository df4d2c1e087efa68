import { describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { proven } from '../kit/proven.ts';
import { corrects, type Wrong } from './corrections.ts';
import { drive, fresh, scopeFor, subjectOf } from './harness.ts';
import { contactRecord } from './worlds/brevoAccount.ts';
import { brevo, control, find, list, system } from './worlds/brevo.ts';

interface Planted extends Wrong {
  readonly id: number;
  readonly uid: string;
}

/** A contact with the name and the address of before, in the list. */
async function plant(emailBlacklisted = false): Promise<Planted> {
  const uid = fresh('cf');
  const [before, email] = [`old-${uid}@example.com`, `${uid}@example.com`];
  const attributes = { FIRSTNAME: 'Camille', LASTNAME: 'Martin', CITY: 'Lyon' };
  const create = async (address: string, extId: string | undefined): Promise<number> => {
    const named = extId === undefined ? {} : { ext_id: extId };
    const listIds = [list];
    const answer = await brevo.contacts.createContact({
      email: address,
      attributes,
      listIds,
      emailBlacklisted,
      ...named,
    });
    return answer?.id ?? 0;
  };
  const id = await create(before, uid);
  const others = [
    await create(`x-${email}`, `${uid}x`),
    await create(`y-${email}`, uid.toUpperCase()),
    await create(`z-${email}`, undefined),
  ];
  return {
    id,
    uid,
    subject: subjectOf(uid, { verifiedEmails: proven(email) }),
    values: { email, FIRSTNAME: 'Camille', LASTNAME: 'Durand' },
    now: async () => {
      const contact = await find(id, 'contact_id');
      return { email: contact?.email, ...(contact?.attributes as object) };
    },
    rest: async () => {
      const contact = await find(id, 'contact_id');
      const { CITY, EXT_ID } = (contact?.attributes ?? {}) as Record<string, unknown>;
      return [contact?.emailBlacklisted, contact?.listIds, CITY, EXT_ID];
    },
    others: async () => Promise.all(others.map((other) => find(other, 'contact_id'))),
  };
}

const calls = [
  { method: 'GET', path: '/v3/contacts' },
  { method: 'PUT', path: '/v3/contacts' },
];
corrects(system, { policy: amikeo, record: contactRecord, plant }, { control, of: calls });

describe('Brevo, a correction of somebody who may not be written to', () => {
  const correct = async ({ subject, values }: Wrong, attempts = 1) => {
    const scope = await scopeFor(system, amikeo, subject);
    const change = { kind: 'rectify', values } as const;
    return (await drive((s) => system.apply(contactRecord, s, change), scope, { attempts })).outcomes;
  };
  const blocked = async ({ id }: Planted) => (await find(id, 'contact_id'))?.emailBlacklisted;

  it('changes the address, and never subscribes them again: the same call blocklists', async () => {
    const wrong = await plant(true);
    const rest = await wrong.rest();
    await control.clear();
    expect(await correct(wrong)).toMatchObject([{ outcome: 'done', count: 1 }]);
    expect(await wrong.now()).toMatchObject(wrong.values);
    expect(await wrong.rest()).toEqual(rest);
    const calls = (await control.requests()).filter(({ method }) => method === 'PUT');
    expect(calls).toHaveLength(2);
  });

  it.each(['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'] as const)(
    'stays blocklisted through %s of any call',
    async (kind) => {
      for (const fault of calls) {
        const wrong = await plant(true);
        const scope = await scopeFor(system, amikeo, wrong.subject);
        const change = { kind: 'rectify', values: wrong.values } as const;
        await control.faults([{ ...fault, kind, times: 2 }]);
        await drive((s) => system.apply(contactRecord, s, change), scope, { attempts: 8 });
        await control.faults([]);
        expect(await wrong.now()).toMatchObject(wrong.values);
        expect(await blocked(wrong), `${fault.method} ${kind}`).toBe(true);
      }
    },
  );

  it('is blocklisted again, and an officer is told, if Brevo did not keep that before the process died', async () => {
    const wrong = await plant(true);
    const scope = await scopeFor(system, amikeo, wrong.subject);
    const change = { kind: 'rectify', values: wrong.values } as const;
    // The first call writes down that the contact is blocklisted, and touches nothing.
    const first = await system.apply(contactRecord, scope, change);
    if (!('more' in first)) throw new Error('nothing was written down');
    expect(await wrong.now()).toMatchObject({ LASTNAME: 'Martin' });
    // Brevo takes the address and drops the blocklisting; the process dies before it reads back.
    const { email = '' } = wrong.values;
    await brevo.contacts.updateContact({
      identifier: wrong.id,
      identifierType: 'contact_id',
      attributes: { EMAIL: email },
    });
    expect(await blocked(wrong)).toBe(false);
    const cursor = JSON.parse(JSON.stringify(first.more)) as typeof first.more;
    const { outcomes } = await drive((s) => system.apply(contactRecord, s, change), { ...scope, cursor });
    expect(outcomes).toMatchObject([
      { outcome: 'done', count: 1 },
      { outcome: 'manual', what: { en: expect.stringContaining('blocklist') } },
    ]);
    expect(await blocked(wrong)).toBe(true);
    expect(await wrong.now()).toMatchObject(wrong.values);
  });

  it('an address that another contact has is an officer’s, and the two are not merged', async () => {
    const wrong = await plant();
    const { email = '' } = wrong.values;
    const other = (await brevo.contacts.createContact({ email, ext_id: fresh('other') }))?.id ?? 0;
    const outcomes = await correct(wrong);
    expect(outcomes.filter(({ outcome }) => outcome === 'done')).toEqual([]);
    expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual' }));
    expect(await find(other, 'contact_id')).toMatchObject({ email });
    expect(await wrong.now()).toMatchObject({ email: `old-${email}` });
  });

  it('an address of a kind that Brevo does not take is an officer’s; the name is corrected all the same', async () => {
    const wrong = await plant();
    const email = `${wrong.uid}&co@example.com`;
    const outcomes = await correct({ ...wrong, values: { ...wrong.values, email } });
    expect(outcomes).toMatchObject([{ outcome: 'manual', what: { en: expect.stringContaining('takes no address') } }]);
    expect(await wrong.now()).toMatchObject({ LASTNAME: 'Durand', email: `old-${wrong.uid}@example.com` });
  });

  it('no contact of an address alone that names somebody else is touched', async () => {
    const wrong = await plant();
    const others = await wrong.others();
    const uid = fresh('cf');
    const subject = subjectOf(uid, { verifiedEmails: proven(`x-${wrong.values['email'] ?? ''}`) });
    const outcomes = await correct({ ...wrong, subject });
    expect(outcomes).toMatchObject([{ outcome: 'manual' }]);
    expect(await wrong.others()).toEqual(others);
  });
});
