import type { Clients, Loaded } from '../fixtures/load/index.ts';
import { personWith, type Person, type Role, type World } from '../fixtures/index.ts';
import type { Suite } from '../emulator/suite.ts';
import type { PseudonymKeys } from '../functions/src/platform/keys.ts';
import type { Policy } from '../functions/src/policy/schema.ts';
import { pseudonymOf } from '../functions/src/subject/pseudonym.ts';
import type { Officer } from './officer.ts';

/** The running suite with the people loaded: each flow plays on it. */
export interface Stage {
  readonly suite: Pick<Suite, 'env' | 'backend' | 'fire'>;
  readonly world: World;
  readonly loaded: Loaded;
  readonly policy: Policy;
  /**
   * A server's clients, to read back. A flow acts as an app through the client SDK (demo/app.ts).
   */
  readonly clients: Clients;
  readonly officer: Officer;
}

export const person = (stage: Stage, role: Role): Person => personWith(stage.world.people, role);

/** The keys for pseudonyms and for the seals of the backend's documents. */
export function keysOf({ suite }: Stage): PseudonymKeys {
  const key = suite.env['PSEUDONYM_KEY_V1'];
  if (key === undefined) throw new Error('the suite does not say the pseudonym key (PSEUDONYM_KEY_V1)');
  return { current: 1, keys: { 1: key } };
}

/** The pseudonym under which the backend keeps a person's entries. */
export const pseudonym = (stage: Stage, uid: string): string => pseudonymOf(uid, keysOf(stage));
