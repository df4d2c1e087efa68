import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { StripeObject } from './asked.ts';
import type { State } from './state.ts';
import type { Wrong } from './wrong.ts';

/** The rows that a job may change: everything else has to be as it was. */
export interface Own {
  /** A row of the app's database. */
  app(path: string): boolean;
  /** A row of the backend's own database. */
  own(path: string, row: QueryDocumentSnapshot): boolean;
  /** A file, by bucket and name. */
  file(name: string, isNew: boolean): boolean;
  account(uid: string): boolean;
  /** An object at Stripe. */
  stripe(one: StripeObject): boolean;
  /** A list of Stripe that belongs to one customer alone, by its name. */
  list(name: string): boolean;
  contact(address: string): boolean;
  /** The log of e-mails to an address. */
  log(address: string): boolean;
  /** May the backend's own database get rows that were not there? */
  readonly writesOwn: boolean;
}

/**
 * Everything that changed although it may not, and everything that was made of anybody that was not
 * there.
 */
export function touched(before: State, after: State, may: Own): Wrong[] {
  const wrong: Wrong[] = [];
  const same = (was: string | undefined, is: string | undefined, what: string): void => {
    if (was !== is) wrong.push({ kind: 'others touched', what: `${what}: ${brief(was)} became ${brief(is)}` });
  };
  for (const path of either(before.app, after.app))
    if (!may.app(path)) same(rowOf(before.app.get(path)), rowOf(after.app.get(path)), path);
  for (const path of may.writesOwn ? before.own.keys() : either(before.own, after.own)) {
    const row = before.own.get(path) ?? after.own.get(path);
    if (row !== undefined && !may.own(path, row)) same(rowOf(before.own.get(path)), rowOf(after.own.get(path)), path);
  }
  for (const name of either(before.files, after.files))
    if (!may.file(name, !before.files.has(name))) same(before.files.get(name), after.files.get(name), name);
  for (const uid of either(before.users, after.users))
    if (!may.account(uid)) same(before.users.get(uid), after.users.get(uid), `account ${uid}`);
  for (const name of new Set([...Object.keys(before.stripe), ...Object.keys(after.stripe)])) {
    if (may.list(name)) continue;
    const those = ({ stripe }: State): string => JSON.stringify((stripe[name] ?? []).filter((one) => !may.stripe(one)));
    same(those(before), those(after), `Stripe, ${name}`);
  }
  for (const address of either(before.contacts, after.contacts))
    if (!may.contact(address)) same(before.contacts.get(address), after.contacts.get(address), `Brevo, ${address}`);
  for (const [address, count] of Object.entries(before.log))
    if (!may.log(address)) same(String(count), String(after.log[address] ?? 0), `Brevo, log of ${address}`);
  return wrong;
}

const brief = (text = 'absent'): string => (text.length > 1000 ? `${text.slice(0, 1000)}…` : text);

const either = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): Set<string> =>
  new Set([...one.keys(), ...other.keys()]);

const rowOf = (document: QueryDocumentSnapshot | undefined): string | undefined =>
  document === undefined ? undefined : `${document.updateTime.toMillis()} ${JSON.stringify(document.data())}`;
