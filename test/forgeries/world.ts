import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { refreshProtection } from '../../functions/src/consent/protection.ts';
import { onConsentWritten } from '../../functions/src/consent/recordDecision.ts';
import { collectIdentity } from '../../functions/src/erasure/identity.ts';
import { erasureJobs } from '../../functions/src/erasure/job.ts';
import { stuckJobs } from '../../functions/src/jobs/officer.ts';
import { changeJob, createJob, loadJob } from '../../functions/src/jobs/store.ts';
import { statementFaults } from '../../functions/src/ledger/statements.ts';
import { verifyAll } from '../../functions/src/checkpoints/verify.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { isSealed } from '../../functions/src/crypto/seal.ts';
import { changeRequest, loadRequest, refOf } from '../../functions/src/requests/store.ts';
import { listDue } from '../../functions/src/rights/due.ts';
import { onPrivacyRequestCreated } from '../../functions/src/rights/receive.ts';
import { onStatement } from '../../functions/src/rights/statements/submit.ts';
import { learn, readKnown } from '../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { testContext } from '../unit/requests/helpers.ts';
import { forgeriesOf, isSame, type Forgery, type Original } from './generate.ts';

/**
 * A world of two people with documents that the backend has written, each in an older and in a
 * newer version. It also judges a forgery: is it named, or refused by the step that would act on
 * it?
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
/** The person with forged documents, and the other one: a forger copies from them. */
const [ADA, BOB] = ['ada-lovelace', 'bob-noyce'];

/** The kinds of documents that the backend acts on, by their paths. */
const KINDS = {
  head: /^ledger\/[^/]+$/,
  entry: /^ledger\/[^/]+\/entries\/[^/]+$/,
  job: /^jobs\/[^/]+$/,
  request: /^requests\/[^/]+$/,
  known: /^subjects\/[^/]+$/,
  identity: /^subjects\/[^/]+\/identities\/[^/]+$/,
  ageBand: /^ageBands\/[^/]+$/,
  guardianship: /^guardianships\/[^/]+$/,
  restriction: /^restrictions\/[^/]+$/,
  legalHold: /^legalHolds\/[^/]+$/,
} as const;
export type Kind = keyof typeof KINDS;
const kindOf = (path: string): Kind | undefined =>
  (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].test(path));

/**
 * Documents of which an older version has its right seal, and does no harm: docs/seals.md and
 * docs/statements.md say why. Of any other it is named, or refused.
 */
const OLDER_IS_HARMLESS: readonly Kind[] = ['job', 'request', 'known', 'identity', 'restriction', 'legalHold'];

type Documents = ReadonlyMap<string, DocumentData>;

export interface World {
  readonly context: Context & { readonly own: Firestore };
  readonly forgeries: readonly (Forgery & { readonly kind: Kind })[];
  /**
   * Puts a forgery in its place, asks every check and every step that acts, and puts the right
   * document back.
   */
  tell(forgery: Forgery): Promise<'named' | 'refused' | 'believed'>;
}

export async function forgeryWorld(): Promise<World> {
  const base = testContext(NOW);
  const context = { ...base, policy: amikeo };
  for (const uid of [ADA, BOB]) await live(context, uid);
  const older = await dump(context.own);
  base.time.now += DAY;
  for (const uid of [ADA, BOB]) await liveOn(context, uid);
  const newer = await dump(context.own);
  const namedAtFirst = await named(context);
  if (namedAtFirst !== '[]') throw new Error(`the right documents are named: ${namedAtFirst}`);

  const forgeries = [...newer].flatMap(([path, data]) => {
    const kind = kindOf(path);
    if (kind === undefined || !isAdas(path, data, context)) return [];
    const original: Original = { path, data, ofAnother: twinOf(path, data, newer, context), older: older.get(path) };
    return forgeriesOf(original)
      .filter(({ how, field }) => !(how === 'of an older time' && field === '*' && OLDER_IS_HARMLESS.includes(kind)))
      .map((forgery) => ({ ...forgery, kind }));
  });
  return {
    context,
    forgeries,
    tell: async ({ path, data }) => {
      const ref = context.own.doc(path);
      await ref.set(data);
      try {
        if ((await named(context)) !== '[]') return 'named';
        return (await isRefused(context, path)) ? 'refused' : 'believed';
      } finally {
        await ref.set(newer.get(path) ?? {});
      }
    },
  };
}

/** Lives with the backend once: every kind of document is written. */
async function live(context: Context, uid: string): Promise<void> {
  const pseudonym = pseudonymOf(uid, context.keys);
  const at = context.now();
  const email = `${uid}@example.com`;
  await learn(context, { uid, pseudonym, accountCreatedAt: 1, verifiedEmails: [email], providerIds: {} });
  await consent(context, uid, 'messages', true);
  await consent(context, uid, 'analytics', true);
  await says(context, uid, { submit: 'ageBand', uid, band: 'adult', evidence: `papers of ${uid}` });
  const guardianship = { submit: 'guardianship', requestId: `form of ${uid}`, child: uid, evidence: 'form' };
  await says(context, uid, { ...guardianship, holder: `curator-of-${uid}`, from: iso(at - DAY), decides: 'both' });
  await says(context, uid, { submit: 'restriction', uid, reason: `${uid} asked` });
  const ground = { article: 'Art. 17(3)(e)', text: { en: `A claim of ${uid}.`, fr: `Un litige de ${uid}.` } };
  const hold = { submit: 'legalHold', requestId: `case of ${uid}`, uid, records: ['activity'], ground };
  await says(context, uid, { ...hold, until: iso(at + 99 * DAY) });
  const data = { type: 'rectification', createdAt: Timestamp.fromMillis(at) };
  await context.clients.app().doc(`users/${uid}/privacyRequests/r1`).set(data);
  await onPrivacyRequestCreated(context, { id: `request of ${uid}`, uid, requestId: 'r1', data, time: at });
  await createJob(context, erasureOf(uid, pseudonym, at));
  await identityOf(context, uid);
}

/** Everything changes once more. */
async function liveOn(context: Context & { own: Firestore }, uid: string): Promise<void> {
  await consent(context, uid, 'analytics', false);
  await says(context, uid, { submit: 'ageBand', uid, band: 'child', evidence: `better papers of ${uid}` });
  for (const kind of ['guardianship', 'legalHold'] as const) {
    const of = kind === 'guardianship' ? (['guardianships', 'child'] as const) : (['legalHolds', 'uid'] as const);
    const [document] = (await context.own.collection(of[0]).where(of[1], '==', uid).get()).docs;
    await says(context, uid, { withdraw: kind, id: document?.id });
  }
  await says(context, uid, { submit: 'restriction', uid, reason: `${uid} asked again` });
  const key = refOf(uid, pseudonymOf(uid, context.keys), 'r1', context.keys).key;
  const changed = await changeRequest(context, key, () => ({ escalatedOn: '2026-06-02' }));
  if (changed === null) throw new Error('there is no request');
  await changeJob(context, jobId(uid), (job) => ({ ...job, dueAt: job.dueAt + DAY }));
}

const iso = (at: number): string => new Date(at).toISOString();
const jobId = (uid: string): string => `erasure_of_${uid}`;

const erasureOf = (uid: string, pseudonym: string, at: number) =>
  erasureJobs.plan({
    id: jobId(uid),
    pseudonym,
    input: {
      uid,
      accountCreatedAt: 1,
      deletedAt: at,
      startedBy: 'officer',
      starts: [`officer:${uid}`],
      startedAt: at,
      graceUntil: at,
    },
    dueAt: at + 30 * DAY,
    steps: [{ id: 'begin' }, { id: 'identify', after: ['begin'] }],
  });

async function consent(context: Context, uid: string, key: string, granted: boolean): Promise<void> {
  const at = context.now();
  const after = { granted, policyVersion: amikeo.version, source: 'app', updatedAt: Timestamp.fromMillis(at) };
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

/** The identity that an erasure has collected, without systems of other companies. */
async function identityOf(context: Context, uid: string): Promise<unknown> {
  const job = await loadJob(context, jobId(uid));
  if (job === null) throw new Error('there is no erasure');
  return collectIdentity({ ...context, policy: testContext(NOW).policy }, job);
}

async function dump(own: Firestore): Promise<Map<string, DocumentData>> {
  const found = new Map<string, DocumentData>();
  const collections = await own.listCollections();
  for (const collection of [...collections.map(({ id }) => own.collection(id)), ...groups(own)])
    for (const { ref, data } of (await collection.get()).docs.map((one) => ({ ref: one.ref, data: one.data() })))
      found.set(ref.path, data);
  return found;
}
const groups = (own: Firestore) => ['entries', 'identities'].map((id) => own.collectionGroup(id));

/** Runs every check; returns their answers as one text. */
async function named(context: Context & { own: Firestore }): Promise<string> {
  const { own, keys } = context;
  const [last] = (await Array.fromAsync(verifyAll(own, { policy: amikeo, now: context.now(), keys }))).slice(-1);
  const forged = await stuckJobs(context);
  const due = (await listDue(context, 'P1Y')).filter(({ waitsFor }) => waitsFor.for === 'seal');
  const night = await Array.fromAsync(statementFaults(context, context.now()));
  return JSON.stringify([...(last?.verified.problems ?? []), ...forged, ...due, ...night]);
}

/** True if the step that would act on the document refuses it, or acts as if it were not there. */
async function isRefused(context: Context, path: string): Promise<boolean> {
  const [, id = ''] = path.split('/');
  switch (kindOf(path)) {
    case 'job':
      return isThrown(loadJob(context, id));
    case 'request':
      return isThrown(loadRequest(context, id));
    case 'known': {
      const known = await readKnown(context, id);
      return known?.historyLost === true && known.verifiedEmails.length === 0;
    }
    case 'identity': {
      // It is collected anew, and takes the place of the forged one.
      const identity = await identityOf(context, id);
      const { seal, ...stored } = (await context.clients.own().doc(path).get()).data() ?? {};
      return (
        isSame(stored, { identity: JSON.stringify(identity) }) && isSealed(path, { seal, ...stored }, context.keys)
      );
    }
    default:
      return false;
  }
}

const isThrown = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    (error: unknown) => (error as { code?: unknown }).code === 'seal.broken',
  );

const belongsTo = (uid: string, path: string, data: DocumentData, { keys }: Pick<Context, 'keys'>): boolean =>
  path.includes(uid) ||
  path.includes(pseudonymOf(uid, keys)) ||
  [data['uid'], data['child']].includes(uid) ||
  data['pseudonym'] === pseudonymOf(uid, keys);
const isAdas = (path: string, data: DocumentData, context: Pick<Context, 'keys'>): boolean =>
  belongsTo(ADA, path, data, context);

/** The document of the other person that is most like this one. */
function twinOf(path: string, data: DocumentData, all: Documents, context: Context): DocumentData | undefined {
  const kind = kindOf(path);
  const bobs = [...all].filter(([other, its]) => kindOf(other) === kind && belongsTo(BOB, other, its, context));
  const likeness = (other: DocumentData): number =>
    ['kind', 'purpose', 'state', 'seq'].filter((field) => other[field] === data[field]).length;
  return bobs.map(([, its]) => its).sort((a, b) => likeness(b) - likeness(a))[0];
}
