import type { CollectionReference, Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { brevo, stripe } from './providers.ts';
import { auth, db, own } from './suite.ts';

/** A place and its contents, as text. */
type Place = readonly [where: string, content: string];

/**
 * Searches everything that the suite holds for the names of a person: both databases, the bucket,
 * the accounts, Stripe and Brevo. Answers the places, sorted.
 *
 * @param names the uid, the address and so on; as parts of longer texts too
 */
export async function tracesOf(names: readonly string[]): Promise<string[]> {
  const places = [...(await documentsOf(db)), ...(await documentsOf(own)), ...(await objects())];
  places.push(...(await accounts()), ...(await payments()), ...(await contacts()));
  const found = places.filter(([where, content]) =>
    names.some((name) => `${where}\n${content}`.toLowerCase().includes(name.toLowerCase())),
  );
  return found.map(([where]) => where).sort();
}

async function documentsOf(database: Firestore): Promise<Place[]> {
  return (await Promise.all((await database.listCollections()).map(below))).flat();
}

/** Every document of a collection, and of those below, also under documents that are not there. */
async function below(collection: CollectionReference): Promise<Place[]> {
  const all = await collection.listDocuments();
  const each = all.map(async (ref): Promise<Place[]> => {
    const [document, collections] = await Promise.all([ref.get(), ref.listCollections()]);
    const inside = (await Promise.all(collections.map(below))).flat();
    return document.exists ? [[ref.path, JSON.stringify(document.data())], ...inside] : inside;
  });
  return (await Promise.all(each)).flat();
}

async function objects(): Promise<Place[]> {
  const [files] = await getStorage().bucket().getFiles();
  return Promise.all(
    files.map(async (file): Promise<Place> => {
      const [[content], [metadata]] = await Promise.all([file.download(), file.getMetadata()]);
      return [`bucket/${file.name}`, `${content.toString('latin1')}\n${JSON.stringify(metadata)}`];
    }),
  );
}

const accounts = async (): Promise<Place[]> =>
  (await auth.listUsers()).users.map((user) => [`auth/${user.uid}`, JSON.stringify(user)]);

async function payments(): Promise<Place[]> {
  const [customers, invoices, subscriptions] = await Promise.all([
    stripe().customers.list({ limit: 100 }),
    stripe().invoices.list({ limit: 100 }),
    stripe().subscriptions.list({ limit: 100, status: 'all' }),
  ]);
  return [...customers.data, ...invoices.data, ...subscriptions.data].map((one) => [
    `stripe/${one.object}`,
    JSON.stringify(one),
  ]);
}

async function contacts(): Promise<Place[]> {
  const { contacts: all = [] } = (await (await brevo('/contacts?limit=50')).json()) as { contacts?: object[] };
  return all.map((contact) => ['brevo/contact', JSON.stringify(contact)]);
}
