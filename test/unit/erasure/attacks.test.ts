import { describe, expect, it } from 'vitest';
import { confusions } from '../../attacks/confusions.ts';
import { attacks } from '../../attacks/table.ts';
import type { Kind } from '../../attacks/world.ts';
import { belongingsOf, CAPABILITIES, inBoth } from './memory.ts';
import { expectApart, useVictims } from './victims.ts';

const { world, victims, victimOf } = useVictims();

describe('the victims of these attacks', () => {
  it('have rows everywhere, and their own erasure reaches them', () => {
    const systems = (kind: Kind) => new Set([...victimOf(kind).reach.rows].map((row) => row.split(' ')[0]));
    expect(systems('named')).toEqual(new Set(['stripe', 'brevo', 'storage', 'firestore']));
    expect(systems('bare')).toEqual(new Set(['stripe', 'brevo', 'storage', 'firestore']));
    expect(systems('withoutAccount')).toEqual(new Set(['stripe', 'brevo', 'firestore']));
    for (const { reach, customers, contact, kind } of victims()) {
      expect(reach.identity.handles.map(({ id }) => id).sort()).toEqual([...customers, contact].sort());
      expect(reach.rows.size).toBeGreaterThan(kind === 'withoutAccount' ? 4 : 14);
      expect(reach.identity.refused).toEqual([]);
    }
  });
});

describe('rows elsewhere that could be the attacker’s by one sign and are the victim’s by another', () => {
  it.each(confusions.map((confusion) => [confusion.name, confusion] as const))(
    '%s: are left alone',
    async (_, confusion) => {
      const victim = victimOf('named');
      const me = await world().attacker({ name: 'none' }, victim);
      const customers = [];
      for (const customer of confusion.customers?.(me, victim) ?? []) customers.push(await world().customer(customer));
      const contacts = [];
      for (const contact of confusion.contacts?.(me, victim) ?? []) contacts.push(await world().contact(contact));
      const reach = await world().reachOf(me);
      expectApart(reach, victim);
      const left = [...customers, ...contacts];
      expect(left).not.toEqual([]);
      expect(reach.identity.handles.filter(({ id }) => left.includes(id))).toEqual([]);
    },
  );

  it('an address that another account has verified since: an officer decides, and nothing is silent', async () => {
    const victim = victimOf('bare');
    const me = await world().attacker({ name: 'former', former: ({ email }) => ({ email }) }, victim);
    const { identity } = await world().reachOf(me);
    const refused = new Map(identity.refused.map(({ candidate, reason }) => [candidate.id, reason]));
    for (const id of [...victim.customers, victim.contact]) expect(refused.get(id)).toBe('formerAddress');
  });

  it('a person without an account who has one by now: their erasure waits for an officer', async () => {
    const victim = victimOf('bare');
    await expect(world().reachOfAddress(victim)).rejects.toMatchObject({ code: 'email_in_use' });
  });
});

describe('the attacks', () => {
  it('are more than a few', () => expect(attacks.length).toBeGreaterThanOrEqual(50));

  it('would be seen: each capability reaches a person’s own rows', async () => {
    const victim = await world().victim('named');
    const { reach, ...touched } = await world().touchedBy(victim);
    for (const capability of CAPABILITIES)
      expect([
        capability,
        inBoth(touched[capability], belongingsOf(world().context, victim, reach)).length > 0,
      ]).toEqual([capability, true]);
  });

  it('a uid that would be a path erases nothing at all', async () => {
    for (const uid of ['a/../victim', `users/${victimOf('named').uid}`, '..', '.', '__x__', 'a\u0000b'])
      await expect(world().reachOf({ uid })).rejects.toMatchObject({ code: 'input' });
  });
});
