import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { NOW, World } from '../../erasure/memory.ts';

/** Letters to an officer, and a world for the people who write them. */

/** Gives each test of a file a world of its own, beside local servers that the file starts once. */
export function eachInWorld(use: (world: World, servers: Standins) => void): void {
  let servers: Standins;
  beforeAll(async () => {
    servers = await startStandins();
  });
  afterAll(() => servers.stop());
  beforeEach(() => use(new World(servers), servers));
}

/** A letter as an officer enters it: proven, and five days old. */
export const letter = (more: Partial<Entry> & Required<Pick<Entry, 'person'>>): Entry => ({
  channel: 'letter',
  receivedAt: NOW - 5 * DAY_MS,
  type: 'access',
  power: 'self',
  method: 'papers',
  proven: true,
  ...more,
});

/** Somebody with an account of this uid, and a verified address. */
export function accountOf(world: World, uid: string): { uid: string } {
  world.sign(uid, { email: `${uid}@example.com`, emailVerified: true });
  return { uid };
}
