import { afterAll, beforeAll } from 'vitest';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { learnAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { CREATED, NOW, World } from './memory.ts';

/** The world of an identity's tests: accounts and addresses, each with the job of its erasure. */

/** Made before the tests of a file. */
export let world: World;

/** Gives the tests of a file a world. Files share this module, so each calls it. */
export function useWorld(): void {
  let servers: Standins;
  beforeAll(async () => {
    servers = await startStandins();
    world = new World(servers);
  });
  afterAll(() => servers.stop());
}

let number = 0;
/** An account, and the job of its erasure. */
export function account(more: Parameters<World['sign']>[1] = {}, createdAt: number | null = CREATED) {
  const uid = `person${(number += 1)}`;
  const user = world.sign(uid, { email: `${uid}@example.com`, emailVerified: true, ...more });
  const job = world.job({ uid, pseudonym: pseudonymOf(uid, world.context.keys), accountCreatedAt: createdAt });
  return { uid, user, job };
}
export const own = () => world.context.clients.own();

/** A person without an account, and the job of their erasure. */
export const proven = async (email: string) => {
  const { keys } = world.context;
  const subjectKey = await learnAddress(world.context, { email, provenAt: NOW });
  const pseudonym = addressPseudonym(email, keys);
  return { subjectKey, job: world.job({ uid: '', subjectKey, pseudonym, accountCreatedAt: null }) };
};
