import { initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { Timestamp } from 'firebase-admin/firestore';
import { enterWithdrawal } from '../../functions/src/consent/letters/withdrawal.ts';
import { onConsentWritten } from '../../functions/src/consent/recordDecision.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { onPrivacyRequestCreated } from '../../functions/src/rights/receive.ts';
import { onProfileWritten } from '../../functions/src/rectification/start.ts';
import { setRestriction } from '../../functions/src/rights/restriction/set.ts';
import { runners } from '../../functions/src/runners.ts';
import { billed, openBench } from '../context.ts';
import { seedPerson } from './erased.ts';

/**
 * Runs inside a suite with the embedded Firestore: each right of a person with ten documents, from
 * its event until no task is left, with its billed operations in both databases.
 */

const PROJECT = 'demo-bench-rights';
const DOCUMENTS = 10;
const auth = getAuth(initializeApp({ projectId: PROJECT }, `${PROJECT}-auth`));
const bench = openBench(PROJECT);
const { db, tasks } = bench;
const context = { ...bench.context, clients: { ...bench.context.clients, auth: async () => auth } };

let people = 0;

/** Makes a person with an account, some documents, and a consent that stands. */
async function person(): Promise<string> {
  const uid = `person-${people++}`;
  await auth.createUser({ uid, email: `${uid}@bench.example`, emailVerified: true });
  await db.doc(`users/${uid}`).set({ firstName: 'Zoe', email: `${uid}@bench.example`, locale: 'fr' });
  await seedPerson(db, uid, DOCUMENTS);
  const [policyVersion] = Object.keys(context.policy.notices).sort();
  const updatedAt = Timestamp.now();
  const after = { granted: true, policyVersion, source: 'app', updatedAt };
  await db.doc(`users/${uid}/consents/messages`).set(after);
  const event = {
    id: `consent-${uid}`,
    uid,
    key: 'messages',
    before: undefined,
    after,
    writtenAt: updatedAt.toMillis(),
  };
  await onConsentWritten(context, event);
  await work();
  return uid;
}

/** Runs every task that is there; those that wait for hours stay. */
async function work(): Promise<void> {
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await runJob(context, runners, task);
}

/** The request of a person, as the app writes it. */
async function ask(uid: string, type: string, details: object = {}): Promise<void> {
  const data = { type, createdAt: Timestamp.now(), details };
  await db.doc(`users/${uid}/privacyRequests/first`).set(data);
  await onPrivacyRequestCreated(context, { id: `ask-${uid}`, uid, requestId: 'first', data, time: Date.now() });
}

/** A change of a profile, as its event tells it. */
function correct(uid: string, change: object): Promise<void> {
  const before = { firstName: 'Zoe', locale: 'fr' };
  return onProfileWritten(context, {
    uid,
    before,
    after: { ...before, ...change },
    writtenAt: Date.now(),
    isUnknown: false,
  });
}

const rights: Readonly<Record<string, (uid: string) => Promise<unknown>>> = {
  'access (Art. 15)': (uid) => ask(uid, 'access'),
  'portability (Art. 20)': (uid) => ask(uid, 'portability'),
  'rectification, asked of an officer (Art. 16)': (uid) => ask(uid, 'rectification', { correction: 'Zoé' }),
  'a changed name, until its jobs begin (Art. 16)': (uid) => correct(uid, { firstName: 'Zoé' }),
  'a changed profile without a value that others have': (uid) => correct(uid, { theme: 'dark' }),
  'restriction, set by an officer (Art. 18)': (uid) =>
    setRestriction(context, { uid, name: 'officer-accuracy', ground: 'accuracy' }, { actor: 'officer' }),
  'restriction, asked of an officer (Art. 18)': (uid) => ask(uid, 'restriction', { ground: 'accuracy' }),
  'a consent to messages taken back by letter (Art. 7(3))': (uid) =>
    enterWithdrawal(context, { uid }, { purpose: 'messages', channel: 'letter', receivedAt: Date.now() }),
};

const figures: Record<string, unknown> = {};
for (const [name, use] of Object.entries(rights)) {
  const uid = await person();
  await Promise.all([billed(PROJECT, '(default)', 'DELETE'), billed(PROJECT, 'compliance', 'DELETE')]);
  await use(uid);
  await work();
  figures[name] = { app: await billed(PROJECT, '(default)'), own: await billed(PROJECT, 'compliance') };
}
console.log(JSON.stringify(figures));
process.exit(0);
