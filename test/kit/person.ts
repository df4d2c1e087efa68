import type { CreateRequest } from 'firebase-admin/auth';
import { getStorage } from 'firebase-admin/storage';
import { auth, db, eventually, freshUid, own, pseudonym } from './suite.ts';
import { brevo as callBrevo, stripe as stripeSdk } from './providers.ts';

export interface Person {
  readonly uid: string;
  readonly email: string;
  /** Their pseudonym, and the id of their chain in the ledger. */
  readonly chain: string;
  /** Their customer at Stripe; empty if they have none. */
  readonly customer: string;
}

interface Has {
  /** The fields of their account besides a uid and a verified address. */
  readonly account?: CreateRequest;
  /** Documents of the app's database by path. */
  readonly documents?: (of: Pick<Person, 'uid' | 'email'>) => Readonly<Record<string, object>>;
  /**
   * Are they a customer at Stripe, with the uid in its metadata, and named by `customers/{uid}`?
   */
  readonly stripe?: boolean;
  /** The attributes of their contact at Brevo; absent: they have none. */
  readonly brevo?: object;
  /** Contents of files by name, below `users/{uid}/`. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Makes a person in the suite, with the named things and nothing else, and waits until the backend
 * knows them.
 */
export async function person({ account, documents, stripe = false, brevo, files = {} }: Has = {}): Promise<Person> {
  const uid = freshUid();
  // Says nothing of the uid: a test that looks for one must not find the other.
  const email = `${freshUid()}@example.com`;
  await auth.createUser({ uid, email, emailVerified: true, ...account });
  const batch = db.batch();
  for (const [path, data] of Object.entries(documents?.({ uid, email }) ?? {})) batch.set(db.doc(path), data);
  const customer = stripe ? (await stripeSdk().customers.create({ email, metadata: { uid } })).id : '';
  if (stripe) batch.set(db.doc(`customers/${uid}`), { stripeId: customer });
  await batch.commit();
  for (const [name, content] of Object.entries(files))
    await getStorage().bucket().file(`users/${uid}/${name}`).save(content);
  if (brevo !== undefined) await callBrevo('/contacts', 'POST', { email, ext_id: uid, attributes: brevo });
  await eventually(
    async () => (await own.doc(`subjects/${uid}`).get()).exists,
    (known) => known,
  );
  return { uid, email, chain: pseudonym(uid), customer };
}
