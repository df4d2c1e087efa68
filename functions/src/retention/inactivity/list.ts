import type { Context } from '../../platform/context.ts';
import { inactivityOf, isInactivitySealed, type Inactivity } from '../../subject/activity.ts';

/** A note about an unused account, with its uid. */
export interface KnownInactivity extends Inactivity {
  readonly uid: string;
  /** False if the backend did not note it so: it counts for nothing, and no account ends by it. */
  readonly isSealed: boolean;
}

/** Lists the accounts found unused, the first to end first; for an officer. */
export async function listInactive(context: Context): Promise<KnownInactivity[]> {
  const { docs } = await context.clients.own().collection('inactivities').get();
  const all = docs.map((document) => ({
    uid: document.id,
    isSealed: isInactivitySealed(document, context.keys),
    ...inactivityOf(document),
  }));
  return all.sort((a, b) => (a.eraseAt ?? Infinity) - (b.eraseAt ?? Infinity) || a.lastActiveAt - b.lastActiveAt);
}
