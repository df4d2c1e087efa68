import type { Instant } from '../platform/time.ts';
import { addPeriod, answerBy } from '../policy/calendar.ts';
import type { Policy, Recipient } from '../policy/schema.ts';

/** The recipients that an officer writes to, for a restriction or a legal hold: pure. */

/** The systems of the project itself: there the data are the controller's own. */
const STORES: readonly string[] = ['firestore', 'storage', 'auth'];

/** True for a system in which the project stores its own data. */
export const isStore = (system: string): boolean => STORES.includes(system);

/** By when a recipient is to be told. */
export const tellBy = (policy: Policy, { reach }: Recipient, from: Instant): Instant =>
  'within' in reach ? addPeriod(from, reach.within, policy.controller.timeZone) : answerBy(policy, from);
