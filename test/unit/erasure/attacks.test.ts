import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { attacks, confusions, type Person } from '../../attacks/table.ts';
import { KINDS, suits, type Kind } from '../../attacks/world.ts';
import { belongingsOf, CAPABILITIES, inBoth, World, type Capability, type Reach } from './memory.ts';

let servers: Standins;
let world: World;
let victims: readonly (Person & { kind: Kind; reach: Reach })[];
beforeAll(async () => {
  servers = await startStandins();
  world = new World(servers);
  await world.openList();
  const made = [];
  for (const kind of ['named', 'bare', 'withoutAccount'] as const) {
    const victim = await world.victim(kind);
    const reach = kind === 'withoutAccount' ? await world.reachOfAddress(victim) : await world.reachOf(victim);
    made.push({ ...victim, kind, reach });
  }
  victims = made;
});
afterAll(() => servers.stop());

const victimOf = (kind: Kind) => {
  const victim = victims.find((one) => one.kind === kind);
  if (!victim) throw new Error('no victim');
  return victim;
};
/** Nothing of the attacker's erasure is the victim's. */
function expectApart({ identity, rows }: Reach, victim: Person & { reach: Reach }): void {
  expect(inBoth(rows, victim.reach.rows)).toEqual([]);
  const theirs = [...victim.customers, victim.contact];
  expect(identity.handles.filter(({ id }) => theirs.includes(id))).toEqual([]);
  expect(identity.subject.verifiedEmails).not.toContain(victim.email);
  expect(identity.subject.phones ?? []).not.toContain(victim.phone);
}

describe('the victims of these attacks', () => {
  it('have rows everywhere, and their own erasure reaches them', () => {
    const systems = (kind: Kind) => new Set([...victimOf(kind).reach.rows].map((row) => row.split(' ')[0]));
    expect(systems('named')).toEqual(new Set(['stripe', 'brevo', 'storage', 'firestore']));
    expect(systems('bare')).toEqual(new Set(['stripe', 'brevo', 'storage', 'firestore']));
    expect(systems('withoutAccount')).toEqual(new Set(['stripe', 'brevo', 'firestore']));
    for (const { reach, customers, contact, kind } of victims) {
      expect(reach.identity.handles.map(({ id }) => id).sort()).toEqual([...customers, contact].sort());
      expect(reach.rows.size).toBeGreaterThan(kind === 'withoutAccount' ? 4 : 14);
      expect(reach.identity.refused).toEqual([]);
    }
  });
});

/** How many rows of the table each capability was tried with. */
const tried = new Map<Capability, number>();

describe.each(KINDS)('an attacker whose rights shall reach a victim whose rows are %s', (kind) => {
  it.each(attacks.filter((attack) => suits(attack, kind)).map((attack) => [attack.name, attack] as const))(
    '%s: reaches nothing of the victim',
    async (_, attack) => {
      const victim = victimOf(kind);
      const me = await world.attacker(attack, victim);
      const { reach, ...touched } = await world.touchedBy(me);
      for (const capability of CAPABILITIES) {
        expect([capability, inBoth(touched[capability], belongingsOf(victim, victim.reach))]).toEqual([capability, []]);
        tried.set(capability, (tried.get(capability) ?? 0) + 1);
      }
      expectApart(reach, victim);
      // Their own it reaches.
      expect(reach.rows).toContain(`firestore users/${me.uid}`);
      expect(reach.rows).toContain(`storage users/${me.uid}/own.png`);
      expect(reach.identity.handles.filter(({ system }) => system === 'stripe')).not.toEqual([]);
    },
  );
});

describe('rows elsewhere that could be the attacker’s by one sign and are the victim’s by another', () => {
  it.each(confusions.map((confusion) => [confusion.name, confusion] as const))(
    '%s: are left alone',
    async (_, confusion) => {
      const victim = victimOf('named');
      const me = await world.attacker({ name: 'none' }, victim);
      const customers = [];
      for (const customer of confusion.customers?.(me, victim) ?? []) customers.push(await world.customer(customer));
      const contacts = [];
      for (const contact of confusion.contacts?.(me, victim) ?? []) contacts.push(await world.contact(contact));
      const reach = await world.reachOf(me);
      expectApart(reach, victim);
      const left = [...customers, ...contacts];
      expect(left).not.toEqual([]);
      expect(reach.identity.handles.filter(({ id }) => left.includes(id))).toEqual([]);
    },
  );

  it('an address that another account has verified since: an officer decides, and nothing is silent', async () => {
    const victim = victimOf('bare');
    const me = await world.attacker({ name: 'former', former: ({ email }) => ({ email }) }, victim);
    const { identity } = await world.reachOf(me);
    const refused = new Map(identity.refused.map(({ candidate, reason }) => [candidate.id, reason]));
    for (const id of [...victim.customers, victim.contact]) expect(refused.get(id)).toBe('formerAddress');
  });

  it('a person without an account who has one by now: their erasure waits for an officer', async () => {
    const victim = victimOf('bare');
    await expect(world.reachOfAddress(victim)).rejects.toMatchObject({ code: 'email_in_use' });
  });
});

describe('the attacks', () => {
  it('are more than a few', () => expect(attacks.length).toBeGreaterThanOrEqual(50));

  it('were tried with every capability', () => {
    const rows = KINDS.flatMap((kind) => attacks.filter((attack) => suits(attack, kind))).length;
    expect(Object.fromEntries(tried)).toEqual(Object.fromEntries(CAPABILITIES.map((one) => [one, rows])));
  });

  it('would be seen: each capability reaches what is a person’s own', async () => {
    const victim = await world.victim('named');
    const { reach, ...touched } = await world.touchedBy(victim);
    for (const capability of CAPABILITIES)
      expect([capability, inBoth(touched[capability], belongingsOf(victim, reach)).length > 0]).toEqual([
        capability,
        true,
      ]);
  });

  it('a uid that would be a path erases nothing at all', async () => {
    for (const uid of ['a/../victim', `users/${victimOf('named').uid}`, '..', '.', '__x__', 'a\u0000b'])
      await expect(world.reachOf({ uid })).rejects.toMatchObject({ code: 'input' });
  });
});
