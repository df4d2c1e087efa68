import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { attacks, type Person } from '../../attacks/table.ts';
import { KINDS, suits, type Kind } from '../../attacks/world.ts';
import { ofTheDay } from '../../kit/depth.ts';
import { belongingsOf, CAPABILITIES, inBoth, World, type Capability, type Reach } from './memory.ts';

export type Victim = Person & { readonly kind: Kind; readonly reach: Reach };

/** Opens a world with a victim of each kind before a file's tests, and closes it after them. */
export function useVictims(): {
  readonly world: () => World;
  readonly victims: () => readonly Victim[];
  readonly victimOf: (kind: Kind) => Victim;
} {
  let opened: { readonly world: World; readonly victims: readonly Victim[] } | undefined;
  let servers: Standins | undefined;
  beforeAll(async () => {
    servers = await startStandins();
    const world = new World(servers);
    await world.openList();
    const victims: Victim[] = [];
    for (const kind of KINDS) {
      const victim = await world.victim(kind);
      const reach = kind === 'withoutAccount' ? await world.reachOfAddress(victim) : await world.reachOf(victim);
      victims.push({ ...victim, kind, reach });
    }
    opened = { world, victims };
  });
  afterAll(() => servers?.stop());
  const now = () => {
    if (opened === undefined) throw new Error('the world is opened before the tests');
    return opened;
  };
  const victimOf = (kind: Kind): Victim => {
    const victim = now().victims.find((one) => one.kind === kind);
    if (!victim) throw new Error('no victim');
    return victim;
  };
  return { world: () => now().world, victims: () => now().victims, victimOf };
}

/** Nothing of the attacker's erasure is the victim's. */
export function expectApart({ identity, rows }: Reach, victim: Victim): void {
  expect(inBoth(rows, victim.reach.rows)).toEqual([]);
  const theirs = [...victim.customers, victim.contact];
  expect(identity.handles.filter(({ id }) => theirs.includes(id))).toEqual([]);
  expect(identity.subject.verifiedEmails).not.toContain(victim.email);
  expect(identity.subject.phones ?? []).not.toContain(victim.phone);
}

/** Tries the attacks that suit a kind of victim with every capability. Each kind is one file. */
export function testAttacks(kind: Kind): void {
  const { world, victimOf } = useVictims();
  const rows = ofTheDay(
    45,
    attacks.filter((attack) => suits(attack, kind)),
  );
  /** How many rows of the table each capability was tried with. */
  const tried = new Map<Capability, number>();

  describe(`an attacker with rights that shall reach a victim with rows ${kind}`, () => {
    it.each(rows.map((attack) => [attack.name, attack] as const))(
      '%s: reaches nothing of the victim',
      async (_, attack) => {
        const victim = victimOf(kind);
        const me = await world().attacker(attack, victim);
        const { reach, ...touched } = await world().touchedBy(me, victim);
        for (const capability of CAPABILITIES) {
          const reached = inBoth(touched[capability], belongingsOf(world().context, victim, victim.reach));
          expect([capability, reached]).toEqual([capability, []]);
          tried.set(capability, (tried.get(capability) ?? 0) + 1);
        }
        expectApart(reach, victim);
        // Their own it reaches.
        expect(reach.rows).toContain(`firestore users/${me.uid}`);
        expect(reach.rows).toContain(`storage users/${me.uid}/own.png`);
        expect(reach.identity.handles.filter(({ system }) => system === 'stripe')).not.toEqual([]);
      },
    );

    it('suppresses no announcement, and lets nobody hear of one who has no account', async () => {
      const { uid, email } = victimOf(kind);
      const told = await world().announced(uid);
      // An address that two living accounts have verified is nobody's: then the app alone tells.
      const isShared = rows.some(({ name }) => name === 'the victim’s address, verified in another tenant');
      const state = `firestore users/${uid}/privacy/state`;
      const seen = [email, state].filter((one) => told.has(one));
      expect(seen).toEqual(kind === 'withoutAccount' ? [] : isShared ? [state] : [email, state]);
    });

    it('was tried with every capability', () => {
      expect(Object.fromEntries(tried)).toEqual(Object.fromEntries(CAPABILITIES.map((one) => [one, rows.length])));
    });
  });
}
