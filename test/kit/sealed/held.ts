import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { HeldPeople } from '../../../functions/src/subject/hold.ts';

const KEYS: PseudonymKeys = { current: 1, keys: { 1: 'a key for tests' } };

/** The people of a sweep whose rows stay, by uid; nobody, as a rule. */
export const heldPeople = (uids: readonly string[] = [], keys: PseudonymKeys = KEYS): HeldPeople =>
  new HeldPeople(new Set(uids), new Set(), keys);
