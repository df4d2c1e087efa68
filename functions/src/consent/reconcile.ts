import { Timestamp, type DocumentSnapshot, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { contract } from '../policy/contract.ts';
import type { Runner } from '../jobs/catalog.ts';
import { eachPerson, throughPages } from '../jobs/pages.ts';
import type { JobOf } from '../jobs/define.ts';
import { reconcileJobs } from './job.ts';
import type { Run } from '../jobs/types.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { statementFaults } from '../ledger/statements.ts';
import type { Context } from '../platform/context.ts';
import { keyedHash } from '../platform/keys.ts';
import { DAY_MS } from '../platform/time.ts';
import { consentPurposes, matchPath, recordAt } from '../policy/lookup.ts';
import { findAccount } from '../subject/accounts.ts';
import { isUid, knownFromAuth, accountCreatedAt } from '../subject/identity.ts';
import { learn, readKnown } from '../subject/known.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { statements } from '../subject/statements.ts';
import type { Outcome, Progress } from '../systems/system.ts';
import { markDocument } from './askAgain.ts';
import { isKnown } from './decide.ts';
import { readAnswer } from './documents.ts';
import { refreshProtection } from './protection.ts';
import { recordChange } from './recordDecision.ts';
import { compareStates } from './shownStates.ts';

/** The consent documents of a page that are of the contract's place, by person. */
export function byPerson(
  context: Pick<Context, 'policy' | 'keys'>,
  page: readonly QueryDocumentSnapshot[],
): { uid: string; chain: string; documents: readonly QueryDocumentSnapshot[] }[] {
  const asked = new Set(consentPurposes(context.policy));
  const persons = new Map<string, QueryDocumentSnapshot[]>();
  for (const document of page) {
    // A collection of this name may be anywhere: `teams/x/consents/y` is nobody's consent.
    const { uid, purpose } = matchPath(contract.consents, document.ref.path) ?? {};
    if (uid === undefined || !isUid(uid) || purpose === undefined || !asked.has(purpose)) continue;
    persons.set(uid, [...(persons.get(uid) ?? []), document]);
  }
  return [...persons].map(([uid, documents]) => ({ uid, chain: pseudonymOf(uid, context.keys), documents }));
}

/**
 * Compares consent documents of one person with the ledger, and records decisions of lost events
 * (Art. 7(1)). A decision that was overwritten before anybody looked is lost. A document without
 * the mark gets it if its consent has expired in the ledger. So does one that says yes to a text
 * that was never published.
 *
 * @returns the head afterwards, and how many decisions were recorded
 */
export async function reconcilePerson(
  context: Context,
  uid: string,
  documents: readonly DocumentSnapshot[],
): Promise<{ head: Head; recorded: number }> {
  let { head } = await latestHead(context, uid);
  let recorded = 0;
  for (const document of documents) if (await recordLost(context, uid, head, document)) recorded += 1;
  if (recorded > 0) ({ head } = await latestHead(context, uid));
  if (erasureOf(head)) return { head, recorded };
  for (const document of documents) await markDocument(context, head, document.id, document);
  return { head, recorded };
}

async function recordLost(context: Context, uid: string, head: Head, document: DocumentSnapshot): Promise<boolean> {
  const purpose = document.id;
  const after = readAnswer(document.data());
  // One that cannot be read was rejected when it was written, or is rejected when its event comes.
  if (after === null) return false;
  const { updatedAt } = after;
  if (updatedAt === undefined || isKnown(head.consents[purpose] ?? {}, after)) return false;
  const id = `reconciled_${keyedHash('reconciliation', [uid, purpose, String(updatedAt)], context.keys)}`;
  // A document's own time in the future is no time. An older one is the answer's, however a server
  // changed the document since.
  const writtenAt = Math.min(updatedAt, document.updateTime?.toMillis() ?? context.now());
  const outcome = await recordChange(context, uid, id, { purpose, before: null, after, writtenAt, reconciled: true });
  return outcome.recorded;
}

/**
 * Learns Auth's data of people known only by their own documents (accounts that were imported, or
 * are older than this backend). They are kept while the account lives, so that an erasure finds the
 * people elsewhere.
 */
async function learnAccount(context: Context, uid: string, head: Head): Promise<void> {
  if ((await readKnown(context, uid)) !== null) return;
  const user = await findAccount(context, { uid });
  const erased = erasureOf(head);
  if (user === null || (erased !== undefined && erased.accountCreatedAt === accountCreatedAt(user))) return;
  await learn(context, knownFromAuth(user, pseudonymOf(uid, context.keys)));
}

type ReconcileJob = JobOf<typeof reconcileJobs>;

/** An outcome about consents: how many. */
export function counted(context: Pick<Context, 'policy'>, count: number): Outcome[] {
  const record = recordAt(context.policy, { system: 'firestore', path: 'users/u/consents/c' })?.id;
  if (record === undefined) return [];
  return [{ record, count, outcome: 'done', ...(count > 0 ? { how: 'changed' as const } : {}) }];
}

/**
 * Compares documents written lately, though not just now: the event of one of just now is still on
 * its way.
 */
async function documents(context: Context, job: ReconcileJob, run: Run): Promise<Progress> {
  const { from, to } = job.input;
  const app = context.clients.app();
  const query = app
    .collectionGroup('consents')
    .where('updatedAt', '>=', Timestamp.fromMillis(from))
    .where('updatedAt', '<=', Timestamp.fromMillis(to));
  const { count, more } = await throughPages(
    { db: app, query, field: 'updatedAt' },
    (page) =>
      eachPerson(context, byPerson(context, page), { job, chainOf: ({ chain }) => chain }, async (person) => {
        const { head, recorded } = await reconcilePerson(context, person.uid, person.documents);
        await learnAccount(context, person.uid, head);
        return recorded;
      }),
    { ...run, now: context.now },
  );
  if (more !== undefined) return { more };
  if (count > 0) context.log.warn('decisions whose event was lost were recorded', { job: job.id, count });
  return { settled: counted(context, count) };
}

/** How far back an age that was reached, or a guardianship that began or ended, is looked for. */
const PROTECTION_DAYS = 30;

/**
 * Follows statements about ages and guardians that were written lately, since their event can be
 * lost. It also follows changes of time alone: no event tells that an age is reached, or that a
 * guardianship begins or ends.
 */
async function protection(context: Context, job: ReconcileJob): Promise<Progress> {
  const { scheduledAt, from: since } = job.input;
  const own = context.clients.own();
  const now = Timestamp.fromMillis(Math.max(scheduledAt, context.now()));
  const from = Timestamp.fromMillis(scheduledAt - PROTECTION_DAYS * DAY_MS);
  const writtenSince = Timestamp.fromMillis(since);
  const [bands, powers, ages, ended, begun] = await Promise.all([
    statements(own, 'ageBands').where('statedAt', '>=', writtenSince).select().get(),
    statements(own, 'guardianships').where('statedAt', '>=', writtenSince).select('child').get(),
    statements(own, 'ageBands').where('until', '>=', from).where('until', '<=', now).select().get(),
    statements(own, 'guardianships').where('until', '>=', from).where('until', '<=', now).select('child').get(),
    statements(own, 'guardianships').where('from', '>=', from).where('from', '<=', now).select('child').get(),
  ]);
  const children = [powers, ended, begun].flatMap(({ docs }) => docs.map((one): unknown => one.get('child')));
  const named = [bands, ages].flatMap(({ docs }) => docs.map(({ id }) => id));
  const uids = [...named, ...children].filter((uid) => typeof uid === 'string');
  const chainOf = (uid: string): string => pseudonymOf(uid, context.keys);
  await eachPerson(context, [...new Set(uids)].filter(isUid), { job, chainOf }, async (uid) => {
    await refreshProtection(context, uid);
    return 1;
  });
  return { settled: [] };
}

/**
 * Names in one line of the log, of severity error, how many statements about people are not as the
 * backend wrote them, by problem and kind. `ledger verify` says which. The job keeps the counts
 * (lastNight.ts).
 */
async function verifyStatements(context: Context, job: ReconcileJob): Promise<Progress> {
  const figures: Record<string, number> = {};
  for await (const { problem, kind } of statementFaults(context, context.now())) {
    const code = `${problem}.${kind}`;
    figures[code] = (figures[code] ?? 0) + 1;
  }
  if (Object.keys(figures).length > 0)
    context.log.error('statements about people are not as the backend wrote them', { job: job.id, ...figures });
  return { settled: [], figures };
}

export const reconcileRunner = (context: Context): Runner =>
  reconcileJobs.runner({
    documents: (job, run) => documents(context, job, run),
    protection: (job) => protection(context, job),
    statements: (job) => verifyStatements(context, job),
    shown: (job, run) => compareStates(context, job, run),
  });
