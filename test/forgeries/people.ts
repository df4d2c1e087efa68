import { Timestamp } from 'firebase-admin/firestore';
import { refreshProtection } from '../../functions/src/consent/protection.ts';
import { onConsentWritten } from '../../functions/src/consent/recordDecision.ts';
import { giveUp } from '../../functions/src/erasure/giveUp.ts';
import { collectAgain, collectIdentity, type Identity } from '../../functions/src/erasure/identity.ts';
import { erasureJobs } from '../../functions/src/erasure/job.ts';
import { createJob, loadJob } from '../../functions/src/jobs/store.ts';
import { beginErasure, closeChain } from '../../functions/src/ledger/erasure.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { finishRequest, refOf } from '../../functions/src/requests/store.ts';
import { onPrivacyRequestCreated } from '../../functions/src/rights/receive.ts';
import { onStatement } from '../../functions/src/rights/statements/submit.ts';
import { inactivityRef, sealedInactivity } from '../../functions/src/subject/activity.ts';
import { learn } from '../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { bury } from '../../functions/src/subject/tombstones.ts';
import type { FakeUser } from '../kit/auth.ts';
import { power } from '../kit/sealed/statements.ts';
import { testContext } from '../unit/requests/helpers.ts';
import { AMIKEO_VERSION } from '../kit/amikeo.ts';

/**
 * People with documents that the backend writes, each in an older and in a newer version. They come
 * in pairs: the documents of the first are forged, and a forger copies from the second.
 */

export const DAY = 86_400_000;
const YEAR = 366 * DAY;

/** Lives, asks and is protected; their account is gone in the second version. */
const LIVING = ['ada-lovelace', 'bob-noyce'] as const;
/** Is being erased in the first version, and is erased in the second one. */
const ERASED = ['eve-curie', 'fay-weldon'] as const;
/** Has not used the account for years, and was told so twice. */
const UNUSED = ['kim-novak', 'lou-reed'] as const;

/** The people with forged documents, and the others: a forger copies from them. */
export const VICTIMS = [LIVING[0], ERASED[0], UNUSED[0]] as const;
export const OTHERS = [LIVING[1], ERASED[1], UNUSED[1]] as const;
export const [ADA, EVE, KIM] = VICTIMS;

/** The creation time of everybody's account, whole seconds. */
export const CREATED = 1;

/** The accounts that there are still. @param now the present moment of the world */
export const accounts = (now: number): FakeUser[] =>
  UNUSED.map((uid) => ({
    uid,
    metadata: {
      creationTime: new Date(CREATED * 1000).toUTCString(),
      lastSignInTime: new Date(now - 3 * YEAR).toUTCString(),
    },
  }));

/** Lives with the backend once: every kind of document is written. */
export async function live(context: Context): Promise<void> {
  const at = context.now();
  for (const uid of LIVING) await livingPerson(context, uid);
  for (const uid of ERASED) {
    const chain = pseudonymOf(uid, context.keys);
    await consent(context, uid, 'analytics', true);
    await bury(context, chain, { accountCreatedAt: CREATED, deletedAt: at, job: `erasure_of_${uid}` });
    await beginErasure(context, chain, runOf(uid), { at, accountCreatedAt: CREATED });
  }
  for (const uid of UNUSED) await noteUnused(context, uid, at - 4 * YEAR);
}

/** Everything changes once more. */
export async function liveOn(context: Context): Promise<void> {
  const at = context.now();
  for (const uid of LIVING) await livesOn(context, uid);
  for (const uid of ERASED) {
    const chain = pseudonymOf(uid, context.keys);
    const erased = { at: at - DAY, accountCreatedAt: CREATED };
    await closeChain(context, chain, runOf(uid).job, erased);
    const mark = { accountCreatedAt: CREATED, deletedAt: at - DAY, job: runOf(uid).job };
    await bury(context, chain, { ...mark, emails: [`v1_hash_of_${uid}`] }, at);
  }
  // Seen once more since the first note, and not for years now.
  for (const uid of UNUSED) await noteUnused(context, uid, at - 3 * YEAR);
}

const runOf = (uid: string) => ({ job: `erasure_of_${uid}`, createdAt: 1 });

/** As retention/inactivity notes it, after the person was told. */
const noteUnused = (context: Context, uid: string, lastActiveAt: number) =>
  inactivityRef(context, uid).set(
    sealedInactivity(
      uid,
      {
        accountCreatedAt: CREATED,
        lastActiveAt: Timestamp.fromMillis(lastActiveAt),
        told: 'sent',
        eraseAt: Timestamp.fromMillis(context.now() - DAY),
      },
      context.keys,
    ),
  );

async function livingPerson(context: Context, uid: string): Promise<void> {
  const pseudonym = pseudonymOf(uid, context.keys);
  const at = context.now();
  const email = `${uid}@example.com`;
  await learn(context, { uid, pseudonym, accountCreatedAt: CREATED, verifiedEmails: [email], providerIds: {} });
  await consent(context, uid, 'messages', true);
  await consent(context, uid, 'analytics', true);
  await says(context, uid, { submit: 'ageBand', uid, band: 'adult', evidence: `papers of ${uid}` });
  const guardianship = { submit: 'guardianship', requestId: `form of ${uid}`, child: uid, ...power('tutelle', at) };
  await says(context, uid, { ...guardianship, holder: `curator-of-${uid}`, from: iso(at - DAY), decides: 'both' });
  await says(context, uid, { submit: 'restriction', uid, reason: `${uid} asked` });
  const ground = { article: 'Art. 17(3)(e)', text: { en: `A claim of ${uid}.`, fr: `Un litige de ${uid}.` } };
  const hold = { submit: 'legalHold', requestId: `case of ${uid}`, uid, records: ['activity'], ground };
  await says(context, uid, { ...hold, until: iso(at + 99 * DAY) });
  const data = { type: 'rectification', createdAt: Timestamp.fromMillis(at) };
  await context.clients.app().doc(`users/${uid}/privacyRequests/r1`).set(data);
  await onPrivacyRequestCreated(context, { id: `request of ${uid}`, uid, requestId: 'r1', data, time: at });
  await createJob(context, erasureOf(jobId(uid), uid, pseudonym, at));
  await createJob(context, erasureOf(givenUpId(uid), uid, pseudonym, at));
  await identityOf(context, uid);
}

async function livesOn(context: Context, uid: string): Promise<void> {
  const pseudonym = pseudonymOf(uid, context.keys);
  await consent(context, uid, 'analytics', false);
  await says(context, uid, { submit: 'ageBand', uid, band: 'child', evidence: `better papers of ${uid}` });
  for (const kind of ['guardianship', 'legalHold'] as const) {
    const of = kind === 'guardianship' ? (['guardianships', 'child'] as const) : (['legalHolds', 'uid'] as const);
    const [document] = (await context.clients.own().collection(of[0]).where(of[1], '==', uid).get()).docs;
    await says(context, uid, { withdraw: kind, id: document?.id });
  }
  await says(context, uid, { submit: 'restriction', uid, reason: `${uid} asked again` });
  await finishRequest(context, refOf(uid, pseudonym, 'r1', context.keys), { status: 'completed' });
  await giveUp(context, givenUpId(uid), { by: 'officer', now: context.now() });
  const emails = [`${uid}@example.com`];
  const known = { uid, pseudonym, accountCreatedAt: CREATED, verifiedEmails: emails, providerIds: { stripe: 'cus_1' } };
  await learn(context, { ...known, atDeletion: { emails, phones: [] } });
  const job = await loadJob(context, jobId(uid));
  const found = { system: 'stripe', id: `cus_of_${uid}` };
  const before = await identityOf(context, uid);
  if (job !== null) await collectAgain(bare(context), job, { ...before, handles: [found, found] });
}

const iso = (at: number): string => new Date(at).toISOString();
const jobId = (uid: string): string => `erasure_of_${uid}`;
/** The erasure that an officer gives up in the second version. */
const givenUpId = (uid: string): string => `given_up_${uid}`;

const erasureOf = (id: string, uid: string, pseudonym: string, at: number) =>
  erasureJobs.plan({
    id,
    pseudonym,
    input: {
      uid,
      accountCreatedAt: CREATED,
      deletedAt: at,
      startedBy: 'officer',
      starts: [`officer:${uid}`],
      standing: [{ id: `officer:${uid}`, by: 'officer', at, from: at, requested: true }],
      startedAt: at,
      graceUntil: at,
    },
    dueAt: at + 30 * DAY,
    steps: [{ id: 'begin' }, { id: 'identify', after: ['begin'] }],
  });

async function consent(context: Context, uid: string, key: string, granted: boolean): Promise<void> {
  const at = context.now();
  const after = { granted, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt: Timestamp.fromMillis(at) };
  const ref = context.clients.app().doc(`users/${uid}/consents/${key}`);
  const before = (await ref.get()).data();
  await ref.set(after);
  await onConsentWritten(context, { id: `${uid}-${key}-${at}`, uid, key, before, after, writtenAt: at });
}

async function says(context: Context, uid: string, statement: object): Promise<void> {
  const answer = await onStatement(context, statement);
  if (!answer.ok) throw new Error(`${answer.code}: ${JSON.stringify(answer.issues)}`);
  await refreshProtection(context, uid);
}

/** The same context with a policy without systems of other companies. */
export const bare = (context: Context): Context => ({ ...context, policy: testContext(context.now()).policy });

/** The identity that an erasure has collected. */
export async function identityOf(context: Context, uid: string): Promise<Identity> {
  const job = await loadJob(context, jobId(uid));
  if (job === null) throw new Error('there is no erasure');
  return collectIdentity(bare(context), job);
}
