/**
 * A suite of its own with the shop's policy: a member lives through it, and then nothing of them is
 * left.
 */
import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { shop } from '../../functions/policies/shop/index.ts';
import { ago, answer, erased, useSuiteWith } from '../kit/foreign.ts';

const suite = useSuiteWith('shop');

/** A member with something in every record of the policy. */
async function member() {
  const { person, stripe, freshUid } = suite();
  const name = `Brindille${freshUid()}`;
  const chat = freshUid();
  const sent = { senderName: 'x', sentAt: ago(3) };
  const someone = await person({
    documents: ({ uid, email }) => ({
      [`members/${uid}`]: { email, name, address: '1 rue Haute' },
      [`members/${uid}/wishes/w`]: { product: 'Panier' },
      [`newsletters/${uid}`]: { name, since: ago(3) },
      [`orders/of-${name}`]: { buyer: uid, name, placedAt: ago(3), amount: 12 },
      // With a person who stays, with one who was erased before, and from the other one.
      [`chats/c-${chat}`]: { participants: [uid, 'other'], unread: { [uid]: 2, other: 0 }, startedAt: ago(3) },
      [`chats/c-${chat}/messages/1`]: { ...sent, sender: uid, recipient: 'other', text: `Bonjour, ${name}` },
      [`chats/c-${chat}/messages/2`]: { ...sent, sender: 'other', senderPhone: '+33', recipient: uid, text: 'Bonjour' },
      [`chats/last-${chat}`]: { participants: [uid], startedAt: ago(3) },
      [`chats/last-${chat}/messages/1`]: { ...sent, sender: uid, text: name },
      [`chats/last-${chat}/files/1`]: { of: name },
      [`reviews/young-${name.slice(0, 14)}`]: { author: uid, authorName: name, text: 'Solide.', writtenAt: ago(3) },
    }),
  });
  const customer = await stripe().customers.create({ name, email: someone.email, metadata: { uid: someone.uid } });
  const invoice = await stripe().invoices.create({ customer: customer.id });
  await stripe().invoices.finalizeInvoice(invoice.id);
  return { ...someone, name, chat, customer: customer.id };
}

/** Sends the contact form of the shop, and answers the path of its row. */
async function question(email: string, name: string, as?: string): Promise<string> {
  const form = { email, firstName: name, lastName: 'Dupont', message: 'Livrez-vous à Pau ?', locale: 'fr' };
  const sent = await suite().call<{ id: string }>('contact', form, as);
  if (!('result' in sent)) throw new Error(`the form was not taken: ${sent.error.message}`);
  return `questions/${sent.result.id}`;
}

/** A member who agreed, asked a question with and without their account, and has their archive. */
async function served() {
  const { ask, chainWith, db, opened } = suite();
  const someone = await member();
  await db.doc(`users/${someone.uid}/consents/catalogue`).set(answer(shop, true));
  await chainWith(someone.chain, 1);
  const { uid, email, name } = someone;
  const questions = [await question(email, name), await question('elsewhere@example.com', name, uid)];
  await ask(someone.uid, 'access');
  return { ...someone, questions, entries: (await opened(someone.uid)).entries };
}
let known: ReturnType<typeof served> | undefined;
/** One member for the tests of the archive, and for the erasure after it. */
const one = (): ReturnType<typeof served> => (known ??= served());

describe.concurrent('with the policy of the shop', () => {
  it('a consent reaches the ledger, and data that rest on it end with its withdrawal', async () => {
    const { chainWith, db, eventually } = suite();
    const { uid, chain } = await member();
    const consent = db.doc(`users/${uid}/consents/catalogue`);
    await consent.set(answer(shop, true));
    await chainWith(chain, 1);
    await consent.set(answer(shop, false));
    const { entries } = await chainWith(chain, 2);
    expect(entries.map(({ state }) => state)).toEqual(['given', 'withdrawn']);
    await eventually(
      async () => (await db.doc(`newsletters/${uid}`).get()).exists,
      (exists) => !exists,
    );
    expect((await db.doc(`members/${uid}`).get()).exists).toBe(true);
  });

  it('an access has the rows of the person, from wherever the policy keeps them', async () => {
    const { messagesTo, json, rows } = suite();
    const { email, name, questions, entries } = await one();
    // The verified address makes a question theirs that names no account.
    expect(new Set(rows(entries, 'contactRequests').map(({ path }) => path))).toEqual(new Set(questions));
    expect(json(entries, 'manifest.json')).toMatchObject({
      missing: [
        { source: 'printer', why: 'manual' },
        { source: 'messages', why: 'look', rows: 1 },
      ],
    });
    for (const record of ['members', 'newsletters', 'orders', 'reviews', 'messages', 'customers', 'invoices'])
      expect([record, JSON.stringify(rows(entries, record)).includes(name)]).toEqual([record, true]);
    // The shop has no Brevo: nobody is written to.
    expect(await messagesTo(email)).toEqual([]);
  });

  it('an access has the person’s own messages, no data of others that the policy masks, and waits for a look at received ones', async () => {
    const { rows } = suite();
    const { uid, chat, entries } = await one();
    const texts = rows(entries, 'messages').map(({ data }) => data['text']);
    expect(texts).toEqual(expect.arrayContaining([expect.stringContaining('Bonjour, ')]));
    expect(texts).toHaveLength(2);
    const shared = rows(entries, 'chats').find(({ path }) => path === `chats/c-${chat}`);
    expect(shared?.data).toMatchObject({ participants: [uid, 'somebody else 1'], unread: { [uid]: 2 } });
    for (const [entry, bytes] of entries) expect([entry, /\+33|"other"/.test(String(bytes))]).toEqual([entry, false]);
  });

  it('the contact form writes to its record, and holds further rows of an account', async () => {
    const { call, db, eventually, freshUid } = suite();
    const uid = freshUid();
    const address = (n: number): string => `${uid}${n}@example.com`;
    const stranger = await question(address(0), 'Ada');
    expect((await db.doc(stranger).get()).data()).toMatchObject({ email: address(0), firstName: 'Ada' });
    expect(await call('contact', { email: address(0) })).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
    // An account writes through the rules; the function counts after the write.
    const rows = [1, 2, 3, 4, 5, 6].map((n) => db.doc(`questions/${uid}${n}`));
    for (const [n, row] of rows.entries())
      await row.set({ uid, email: address(n), message: 'Et à Dax ?', createdAt: FieldValue.serverTimestamp() });
    const held = await eventually(
      async () => (await Promise.all(rows.map((row) => row.get()))).filter((row) => row.get('heldForReview') === true),
      (found) => found.length > 0,
    );
    expect(held).toHaveLength(1);
  });

  it('rows over their period are gone after a night', async () => {
    const { db, fireNightly, freshUid } = suite();
    const [old, young] = ['old', 'young'].map((id) => db.doc(`reviews/${id}-${freshUid()}`));
    await old?.set({ author: 'somebody', text: 'Usé.', writtenAt: ago(5 * 366 + 1) });
    await young?.set({ author: 'somebody', text: 'Neuf.', writtenAt: ago(5 * 365 - 2) });
    const asked = db.doc(`questions/${freshUid()}`);
    await asked.set({ email: 'a@example.com', message: 'Et à Pau ?', createdAt: ago(367) });
    const isThere = () => Promise.all([old, young, asked].map(async (it) => (await it?.get())?.exists));
    await fireNightly(isThere, ([review, , letter]) => review === false && letter === false);
    expect(await isThere()).toEqual([false, true, false]);
  });

  it('an erasure leaves nothing that names the person but the accounts that the law wants kept', async () => {
    const { chainOf, db, own, pseudonym, tracesOf } = suite();
    const { uid, email, name, chat, chain, questions } = await one();
    const names = [uid, email, name];
    // Seen before, so that the search below is known to find them.
    const before = await tracesOf(names);
    expect(before).toEqual(
      expect.arrayContaining([
        ...[`members/${uid}`, `auth/${uid}`, `subjects/${uid}`, 'stripe/customer', 'stripe/invoice'],
        ...questions,
      ]),
    );
    expect(before.some((place) => place.startsWith(`bucket/exports/${uid}/`))).toBe(true);

    const { outcomes, traces } = await erased(suite(), { uid, chain }, names);
    expect(outcomes).toContainEqual(expect.objectContaining({ record: 'orders', outcome: 'retained', count: 1 }));
    expect(outcomes).toContainEqual(expect.objectContaining({ record: 'reviews', how: 'anonymised', count: 1 }));
    expect(outcomes).toContainEqual(expect.objectContaining({ recipient: 'printer', outcome: 'manual' }));
    expect(traces).toEqual([`orders/of-${name}`, 'stripe/invoice']);
    // The other one keeps their own texts.
    expect((await db.doc(`chats/c-${chat}`).get()).data()).toMatchObject({
      participants: ['other'],
      unread: { other: 0 },
    });
    const message = (await db.doc(`chats/c-${chat}/messages/2`).get()).data();
    expect(message).toMatchObject({ sender: 'other', text: 'Bonjour' });
    expect(message).not.toHaveProperty('recipient');
    expect((await db.doc(`chats/c-${chat}/messages/1`).get()).get('recipient')).toBe('other');
    expect((await db.doc(`chats/last-${chat}`).get()).exists).toBe(false);
    expect((await own.doc(`tombstones/${pseudonym(uid)}`).get()).data()).toHaveProperty('completedAt');
    expect((await chainOf(chain)).head.closed).toBeDefined();
  });
});
