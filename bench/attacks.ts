import { startStandins } from '../emulator/standins/index.ts';
import { attacks } from '../test/attacks/table.ts';
import { KINDS, suits } from '../test/attacks/world.ts';
import { belongingsOf, CAPABILITIES, inBoth, World, type Capability } from '../test/unit/erasure/memory.ts';
import { table } from './figures.ts';

/** The attack table, every row of it with every capability. */
export interface AttackFigures {
  /** Rows of the table. */
  readonly rows: number;
  /**
   * By capability: how often a row was tried against a victim, and how often anything of the
   * victim's was reached.
   */
  readonly tried: Readonly<Record<Capability, { readonly tried: number; readonly reached: number }>>;
}

export async function benchAttacks(say: (what: string) => void): Promise<AttackFigures> {
  const servers = await startStandins();
  try {
    const world = new World(servers);
    await world.openList();
    const counts = new Map(CAPABILITIES.map((capability) => [capability, { tried: 0, reached: 0 }]));
    for (const kind of KINDS) {
      const victim = await world.victim(kind);
      const reach = kind === 'withoutAccount' ? await world.reachOfAddress(victim) : await world.reachOf(victim);
      const belongings = belongingsOf(world.context, victim, reach);
      for (const attack of attacks.filter((one) => suits(one, kind))) {
        say(`attacks: ${kind}, ${attack.name}`);
        const touched = await world.touchedBy(await world.attacker(attack, victim), victim);
        for (const [capability, count] of counts) {
          count.tried += 1;
          if (inBoth(touched[capability], belongings).length > 0) count.reached += 1;
        }
      }
    }
    return { rows: attacks.length, tried: Object.fromEntries(counts) as AttackFigures['tried'] };
  } finally {
    await servers.stop();
  }
}

export const attackPage = ({ rows, tried }: AttackFigures): string => `## Attacks

Every row of the attack table (${rows}, test/attacks/table.ts) with every capability, against three kinds of victims: their rows elsewhere name their uid, or have their address only, or they have no account. The local Stripe and Brevo, both databases in memory. Nothing of a victim may be reached.

${table(
  ['capability', 'tried', 'reached something of the victim'],
  Object.entries(tried).map(([capability, count]) => [capability, count.tried, count.reached]),
)}`;

export const attackProblems = ({ tried }: AttackFigures): string[] =>
  Object.entries(tried).flatMap(([capability, { reached }]) =>
    reached === 0 ? [] : [`${capability} reached something of a victim in ${reached} attacks`],
  );
