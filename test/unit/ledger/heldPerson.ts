import { setHold } from '../../../functions/src/erasure/holds.ts';
import { heldSubjects } from '../../../functions/src/ledger/holds.ts';
import { restrictionsOn } from '../../../functions/src/ledger/restriction/stated.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { testContext } from '../requests/helpers.ts';

/** Legal holds on kim, as tests set them, and the question of a night. */

type World = ReturnType<typeof testContext>;

export const NOW = Date.parse('2026-06-01T00:00:00Z');
export const DAY = 86_400_000;
/** When a server told the person that a restriction ends. */
export const told = new Date(NOW).toISOString();
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

export const order = (more: object = {}) => ({
  uid: 'kim',
  records: ['profile'],
  ground,
  unknownUid: true,
  ...more,
});

/** Sets a hold; returns its id. */
export const setFor = async (context: World, more: object = {}): Promise<string> =>
  (await setHold(context, order(more))).id;

/** Does the nightly retention leave the profile of this person? */
export const heldByNight = async (context: World, uid: string): Promise<boolean> =>
  (await heldSubjects(context, 'profile', Infinity)).has(uid);

/** Is the use of any data of this person restricted? */
export const isStoredOnly = async (context: Context, uid: string): Promise<boolean> =>
  (await restrictionsOn(context, uid)).length > 0;
