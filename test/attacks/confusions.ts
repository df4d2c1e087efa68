import type { Contact, Customer, Me, Person } from './table.ts';

/**
 * Rows of a person elsewhere after another person's act or a mistake: they could be the attacker's
 * by one sign and are the victim's by another. Only the victim's erasure may touch them.
 */
export interface Confusion {
  readonly name: string;
  readonly customers?: (me: Me, victim: Person) => readonly Customer[];
  readonly contacts?: (me: Me, victim: Person) => readonly Contact[];
}
export const confusions: readonly Confusion[] = [
  {
    name: 'a customer of the victim with the attacker’s address',
    customers: (me, { uid }) => [{ email: me.email, metadata: { uid } }],
  },
  {
    name: 'a customer whose two keys name both',
    customers: (me, { uid }) => [{ email: me.email, metadata: { uid: me.uid, firebaseUID: uid } }],
  },
  {
    name: 'a customer whose two keys name both, the other way round',
    customers: (me, { uid }) => [{ email: me.email, metadata: { uid, firebaseUID: me.uid } }],
  },
  {
    name: 'a customer that names the attacker in capitals',
    customers: (me) => [{ email: `${me.email}.example`, metadata: { uid: me.uid.toUpperCase() } }],
  },
  {
    name: 'two customers with the attacker’s address that name nobody: one may be the victim’s, who wrote it',
    customers: ({ email }, victim) => [{ email }, { email, name: victim.uid }],
  },
  {
    name: 'a contact with the attacker’s address that names the victim’s other account',
    contacts: (me, { uid }) => [{ email: me.email, ext_id: `${uid}-other` }],
  },
];
