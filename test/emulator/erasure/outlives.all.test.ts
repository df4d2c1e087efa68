import { randomBytes } from 'node:crypto';
import { FieldValue, Timestamp, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { expect, it } from 'vitest';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { jobsOf } from '../../kit/jobs.ts';
import { markedDocuments, misshapenDocuments } from '../../kit/marked.ts';
import { person } from '../../kit/person.ts';
import { auth, chainOf, db, eventually, own, pseudonym, quiet, rejectedFor } from '../../kit/suite.ts';
import { call } from '../rights/callable.ts';

/**
 * No document that outlives a person holds a text that a client chose. A person lives with one word
 * in every place that the contract lets them write to, and is erased.
 */

const bucket = getStorage().bucket();

/** A document, with everything below it. */
async function whole(ref: DocumentReference): Promise<(readonly [path: string, data: unknown])[]> {
  const rows = (await Promise.all((await ref.listCollections()).map((one) => one.listDocuments()))).flat();
  return [[ref.path, (await ref.get()).data()], ...(await Promise.all(rows.map(whole))).flat()];
}

/**
 * Paths in the database `compliance` that hold a word. Below documents of others nobody's word is
 * looked for.
 */
async function holding(word: string, uid: string): Promise<string[]> {
  const roots = await own.listCollections();
  const rows = (await Promise.all(roots.map(async (root) => (await root.get()).docs))).flat();
  const all = rows.map((row) => [row.ref.path, row.data()] as const);
  const isTheirs = ({ id }: DocumentReference): boolean => id.includes(uid) || id.includes(pseudonym(uid));
  // A head can be gone, and its entries be there.
  const theirs = [...rows.map(({ ref }) => ref).filter(isTheirs), own.doc(`ledger/${pseudonym(uid)}`)];
  const below = (await Promise.all(theirs.map(whole))).flat();
  const has = ([path, data]: readonly [string, unknown]): boolean => `${path} ${JSON.stringify(data)}`.includes(word);
  return [...new Set([...all, ...below].filter(has).map(([path]) => path))].sort();
}

/**
 * Names of objects that hold a word in their name, their labels or, if they are the person's, their
 * content.
 */
async function objectsHolding(word: string, uid: string): Promise<string[]> {
  const [files] = await bucket.getFiles();
  const found = await Promise.all(
    files.map(async (file) => {
      const isTheirs = file.name.includes(uid) || file.name.includes(pseudonym(uid));
      const content = isTheirs ? String((await file.download())[0]) : '';
      return `${file.name} ${JSON.stringify(file.metadata)} ${content}`.includes(word) ? [file.name] : [];
    }),
  );
  return found.flat().sort();
}

it('no text that a client chose outlives the person, wherever they wrote one', async () => {
  const word = `w${randomBytes(3).toString('hex')}z`;
  const { uid, chain } = await person({
    account: { email: `${word}@example.com`, displayName: word },
    brevo: { FIRSTNAME: word },
    files: { [`${word}/${word}.png`]: word },
  });
  const request = (id: string) => db.doc(`users/${uid}/privacyRequests/${id}`);
  const isRequest = (path: string): boolean => path.startsWith(`users/${uid}/privacyRequests/`);
  const all = markedDocuments(uid, word);
  const isLast = ({ data: { type } }: (typeof all)[number]): boolean => type === 'erasure';
  const written = all.filter((one) => !isLast(one));
  for (const { path, data } of written) await db.doc(path).set(data);
  await quiet();
  // They say no as well, and documents that no rule allows are written past the rules.
  for (const { path, data } of written.filter(({ data: { granted } }) => granted === true))
    await db.doc(path).set({ ...data, granted: false, updatedAt: Timestamp.now() });
  for (const { path, data } of misshapenDocuments(uid, word)) {
    const answers = data['granted'] === true ? [true, false] : [undefined];
    for (const granted of answers)
      await db.doc(isRequest(path) ? `${path}-${Object.values(data).indexOf(word)}` : path).set({
        ...data,
        ...(granted === undefined ? {} : { granted }),
      });
  }
  // More than begin in a day: the last of these are queued.
  for (let n = 0; n < DAILY.begun; n++)
    await request(`${word}.${n}`).set({ type: 'rectification', createdAt: FieldValue.serverTimestamp() });
  await request(`${word}-objection`).update({ cancelled: true });
  const form = { email: `${word}@example.com`, firstName: word, lastName: word, message: word, company: word };
  await call('contact', form, uid);
  for (const requestId of [`${word}-portability`, word]) await call('exportLink', { requestId, language: word }, uid);
  await call('consentReceipt', { language: word }, uid);
  const jobs = async () => (await own.collection('jobs').where('pseudonym', '==', chain).get()).docs;
  const isOver = (job: DocumentSnapshot): boolean => ['completed', 'cancelled'].includes(String(job.get('status')));
  // Not every export: one may wait for Brevo's quota.
  await eventually(jobs, (all) => all.some((job) => job.get('kind') === 'export' && isOver(job)));
  await quiet();

  // Every place that may hold something of it is there, and a search would find the word.
  const requests = (await own.collection('requests').where('pseudonym', '==', chain).get()).docs;
  const statuses = requests.map((one) => String(one.get('status')));
  for (const status of ['queued', 'waiting', 'cancelled']) expect(statuses).toContain(status);
  const kinds = (await chainOf(chain)).entries.map(({ kind, state }) => `${kind} ${state}`);
  for (const kind of ['consent given', 'consent withdrawn', 'devicePermission granted', 'request objection.cancelled'])
    expect(kinds).toContain(kind);
  expect((await rejectedFor(chain)).length).toBeGreaterThan(0);
  expect(await objectsHolding(word, uid)).toContainEqual(expect.stringContaining(`exports/${uid}/${word}-`));
  // Of the living, only documents that end with them hold it: servers' knowledge of them, and jobs
  // that have not ended.
  const places = await holding(word, uid);
  expect(places).toContain(`subjects/${uid}`);
  const open = (await jobs()).filter((job) => !isOver(job)).map(({ ref }) => ref.path);
  expect(places.filter((path) => !path.startsWith(`subjects/${uid}`) && !open.includes(path))).toEqual([]);

  for (const { path, data } of all.filter(isLast)) await db.doc(path).set(data);
  await auth.deleteUser(uid);
  await eventually(
    () => jobsOf(chain),
    ([job]) => job?.status === 'completed',
  );
  await quiet();
  expect(await holding(word, uid)).toEqual([]);
  expect(await objectsHolding(word, uid)).toEqual([]);
  expect((await bucket.getFiles({ prefix: `certificates/${chain}/` }))[0].length).toBeGreaterThan(0);
});
