import { Timestamp } from 'firebase-admin/firestore';
import { again } from '../again.ts';
import { askStripe } from '../asked.ts';
import { plant, uid, type Person } from '../person.ts';
import type { World } from '../world.ts';

/**
 * How much of it there is. `large`: more than a page of a source has, and more characters than are
 * kept in memory: the rest waits in the bucket.
 */
export interface Size {
  readonly sessions: number;
  /** Characters of each of the long rows. */
  readonly long: number;
  /** Is there a row that an officer looks at first, so that the request waits? */
  readonly isLookedAt: boolean;
}
const small = { sessions: 1, long: 100_000, isLookedAt: false };
export const sizes = {
  small,
  looked: { ...small, isLookedAt: true },
  large: { sessions: 501, long: 530_000, isLookedAt: true },
} as const;
const LONG_ROWS = 2;

/** Rows of each record that an export of the person has. */
export const exported = ({ sessions }: Size): Readonly<Record<string, number>> => ({
  users: 4,
  consents: 1,
  devicePermissions: 1,
  privacyRequests: 1,
  installations: 1,
  activity: 1 + LONG_ROWS,
  sessions: 1 + sessions,
  usageEvents: 1,
  // One that names an address alone is in none: an officer looks at it first.
  contactRequests: 1,
  userFiles: 2,
  account: 1,
  stripeCustomer: 1,
  stripeSubscriptions: 1,
  stripeInvoices: 1,
  stripeCharges: 1,
  stripePaymentMethods: 1,
  brevoContact: 1,
});

/**
 * Objects in the bucket beside those of her request, by name: an archive of another request, with
 * an id that begins with that of this one.
 */
export const ANOTHERS = [`exports/${uid}/r0/export.zip`, `exports/${uid}/r10/export.zip`] as const;

const LEFT = `exports/${uid}/r1/00000000-0000-4000-8000-000000000000.zip`;
/**
 * Objects that a dead attempt of the request's job left. If there never is a job, nobody has to
 * remove them.
 */
export const LEFT_BY_DEAD: readonly string[] = [LEFT, `${LEFT}.spool/activity`];

/**
 * A person with something in every record, as for an erasure. She also has rows that make an export
 * long, and objects that a dead attempt left.
 */
export async function plantForExport(world: World, size: Size): Promise<Person> {
  const person = await plant(world);
  await Promise.all([rows(world, size), files(world), invoices(world, person)]);
  return person;
}

async function rows({ app, clock }: World, { sessions, long, isLookedAt }: Size): Promise<void> {
  if (!isLookedAt) await app.doc('contactRequests/mine-by-address').delete();
  const createdAt = Timestamp.fromMillis(clock.now() - 86_400_000);
  const user = app.doc(`users/${uid}`);
  for (let from = 0; from < sessions; from += 400) {
    const batch = app.batch();
    for (let n = from; n < Math.min(from + 400, sessions); n++)
      batch.set(user.collection('sessions').doc(`s${String(n).padStart(4, '0')}`), { createdAt, n });
    await batch.commit();
  }
  const batch = app.batch();
  for (let n = 0; n < LONG_ROWS; n++)
    batch.set(user.collection('activity').doc(`long${n}`), { createdAt, text: `${n}`.repeat(long) });
  await batch.commit();
}

async function files(world: World): Promise<void> {
  const options = { resumable: false, validation: false };
  const names = [
    ['app', `users/${uid}/photos/letter.txt`],
    ['exports', ANOTHERS[1]],
    ...LEFT_BY_DEAD.map((name) => ['exports', name] as const),
  ] as const;
  await Promise.all(names.map(([kind, name]) => again(() => world.bucket(kind).file(name).save('something', options))));
}

async function invoices(world: World, { customer }: Person): Promise<void> {
  const { data } = await askStripe(world, 'GET', 'invoices', { customer });
  for (const { id } of data) world.named(id, '{invoice}');
}
