import type { Context } from '../../platform/context.ts';
import { inactivityOf, type Inactivity } from '../../subject/activity.ts';

/** A note about an unused account, with its uid. */
export interface KnownInactivity extends Inactivity {
  readonly uid: string;
}

/** Lists the accounts found unused, the first to end first; for an officer. */
export async function listInactive(context: Context): Promise<KnownInactivity[]> {
  const { docs } = await context.clients.own().collection('inactivities').get();
  const all = docs.map((document) => ({ uid: document.id, ...inactivityOf(document) }));
  return all.sort((a, b) => (a.eraseAt ?? Infinity) - (b.eraseAt ?? Infinity) || a.lastActiveAt - b.lastActiveAt);
}
