import { initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { Timestamp } from 'firebase-admin/firestore';
import { refreshProtection } from '../../functions/src/consent/protection.ts';
import { enterWithdrawal } from '../../functions/src/consent/letters/withdrawal.ts';
import { onConsentWritten } from '../../functions/src/consent/recordDecision.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { onPrivacyRequestCreated } from '../../functions/src/rights/receive.ts';
import { onProfileWritten } from '../../functions/src/rectification/start.ts';
import { requestKey } from '../../functions/src/requests/request.ts';
import { findRequest } from '../../functions/src/rights/answers/find.ts';
import { recordDisclosure } from '../../functions/src/rights/disclosures/record.ts';
import { planUphold, uphold } from '../../functions/src/rights/objection/uphold.ts';
import { requestAsHolder } from '../../functions/src/rights/onBehalf/ask.ts';
import { setRestriction } from '../../functions/src/rights/restriction/set.ts';
import { onStatement } from '../../functions/src/rights/statements/submit.ts';
import { runners } from '../../functions/src/runners.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { billed, openBench } from '../context.ts';
import { seedPerson } from './erased.ts';

/**
 * Runs inside a suite with the embedded Firestore: each right of a person with ten documents.
 * Counts the billed operations in both databases, from the event until no task is left.
 */

const PROJECT = 'demo-bench-rights';
const DOCUMENTS = 10;
const auth = getAuth(initializeApp({ projectId: PROJECT }, `${PROJECT}-auth`));
const bench = openBench(PROJECT);
const { db, tasks } = bench;
const context = { ...bench.context, clients: { ...bench.context.clients, auth: async () => auth } };

let people = 0;

/** Forgets the operations that were counted. */
const forget = (): Promise<unknown> =>
  Promise.all([billed(PROJECT, '(default)', 'DELETE'), billed(PROJECT, 'compliance', 'DELETE')]);

/** Makes a person with an account, some documents, and a consent that stands. */
async function person(): Promise<string> {
  const uid = `person-${people++}`;
  await auth.createUser({ uid, email: `${uid}@bench.example`, emailVerified: true });
  await db.doc(`users/${uid}`).set({ firstName: 'Zoe', email: `${uid}@bench.example`, locale: 'fr' });
  await seedPerson(db, uid, DOCUMENTS);
  await consent(uid, 'messages', true);
  await work();
  return uid;
}

/** The answer of a person, as the app writes it and its event tells it. */
async function consent(uid: string, key: string, granted: boolean): Promise<void> {
  const [policyVersion] = Object.keys(context.policy.notices).sort();
  const updatedAt = Timestamp.now();
  const ref = db.doc(`users/${uid}/consents/${key}`);
  const before = (await ref.get()).data();
  const after = { granted, policyVersion, source: 'app', updatedAt };
  await ref.set(after);
  const id = `consent-${uid}-${key}-${granted}`;
  await onConsentWritten(context, { id, uid, key, before, after, writtenAt: updatedAt.toMillis() });
}

/** Takes back a consent that reaches a company without an interface. */
async function takeBack(uid: string): Promise<void> {
  await consent(uid, 'feedbackPlatforms', true);
  await work();
  await forget();
  await consent(uid, 'feedbackPlatforms', false);
}

/** States a parent, whom the person's own server names, and asks for a copy as that parent. */
async function askAsParent(child: string): Promise<void> {
  const holder = `parent-of-${child}`;
  const from = new Date(Date.now() - 60_000).toISOString();
  const evidence = { kind: 'livret', reference: 'L-1', seenBy: 'Ada', seenAt: from };
  const stated = { submit: 'guardianship', requestId: `form-of-${child}`, child, holder, evidence, from };
  const until = new Date(Date.now() + 365 * 86_400_000).toISOString();
  const answer = await onStatement(context, {
    ...{ ...stated, regime: 'parentalAuthority', scope: ['access'], until },
  });
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  await refreshProtection(context, child);
  await forget();
  const caller = { uid: holder, accountCreatedAt: 1, signedInAt: Date.now() };
  const data = { child, type: 'access', requestId: 'request-1' };
  const asked = await requestAsHolder(context, { caller, data, language: 'en' });
  if (!asked.ok) throw new Error(asked.code);
}

/** Objects to a use for the controller's interest, and an officer agrees. */
async function objectAndUphold(uid: string): Promise<void> {
  await ask(uid, 'objection', { purpose: 'fraudAndDefence' });
  await work();
  const found = await findRequest(context, requestKey(pseudonymOf(uid, context.keys), 'first', context.keys), uid);
  if (typeof found === 'string') throw new Error(found);
  const planned = await planUphold(context, found);
  if (!planned.ok) throw new Error(planned.because);
  await uphold(context, found, planned.uphold);
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
  'a consent taken back in the app, a recipient to be told (Art. 7(3))': takeBack,
  'objection to direct marketing (Art. 21(2))': (uid) => ask(uid, 'objection', { marketing: true }),
  'objection to an interest: paused, for an officer (Art. 21(1))': (uid) =>
    ask(uid, 'objection', { purpose: 'fraudAndDefence' }),
  'the same, and upheld': objectAndUphold,
  'access, asked by a parent: held, and the person told': askAsParent,
  'a disclosure to an authority, recorded (Art. 15(1)(c))': (uid) =>
    recordDisclosure(context, {
      person: { uid },
      authority: 'Tribunal de Paris',
      basis: 'Art. 60-1 CPP',
      records: ['users'],
      disclosedAt: Date.now() - 1000,
      decidedBy: 'Ada',
    }),
};

const figures: Record<string, unknown> = {};
for (const [name, use] of Object.entries(rights)) {
  const uid = await person();
  await forget();
  await use(uid);
  await work();
  figures[name] = { app: await billed(PROJECT, '(default)'), own: await billed(PROJECT, 'compliance') };
}
console.log(JSON.stringify(figures));
process.exit(0);
