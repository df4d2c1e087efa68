import { FieldPath, Timestamp, type DocumentSnapshot, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { UserRecord } from 'firebase-admin/auth';
import type { Runner } from '../../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../../jobs/define.ts';
import { inactiveJobs, tellInactiveJobs } from '../job.ts';
import { throughAccounts } from '../../jobs/accountPages.ts';
import { fewAtOnce } from '../../jobs/pages.ts';
import { createJob } from '../../jobs/store.ts';
import type { Run } from '../../jobs/types.ts';
import { onAccountInactive } from '../../erasure/accountEvents.ts';
import { findingNow, lastSignOf } from '../../erasure/contract.ts';
import { erasureOf, isOfAnother } from '../../ledger/chain.ts';
import { latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { createIfAbsent, deleteIfUnchanged, pagesOf, versionOf } from '../../platform/firestore.ts';
import { tellInactive } from '../../messages/inactivity.ts';
import {
  inactiveSince,
  inactivityOf,
  inactivityRef,
  isInactivitySealed,
  lastSeen,
  sealedInactivity,
} from '../../subject/activity.ts';
import { untouchableUntil } from '../../ledger/holds.ts';
import { findAccount, findAccounts } from '../../subject/accounts.ts';
import { accountCreatedAt, isUid } from '../../subject/identity.ts';
import { localeOf } from '../../subject/locale.ts';
import { addressOf } from '../../subject/proven.ts';
import type { Progress } from '../../systems/system.ts';
import { endOfNotice, tellJob } from './plan.ts';

/** Is a person left alone now? Their erasure runs or is over, or they are held or restricted. */
async function isLeftAlone(context: Context, uid: string, createdAt: number | null): Promise<'erased' | 'held' | null> {
  const { head } = await latestHead(context, uid);
  if (erasureOf(head) !== undefined && !isOfAnother(head, createdAt)) return 'erased';
  return (await untouchableUntil(context, uid)) === null ? null : 'held';
}

/** Accounts that are looked at a time. */
const AT_ONCE = 8;
/** As many as Auth answers about in one call. */
const FOUND_PAGE = 100;

type InactiveJob = JobOf<typeof inactiveJobs>;

/** Finds accounts that nobody uses: of those that are used nothing is read but Auth's own list. */
async function findUnused(context: Context, job: InactiveJob, run: Run): Promise<Progress> {
  const since = inactiveSince(context.policy, context.now());
  if (since === null) return { settled: [] };
  const { count, more } = await throughAccounts(context, run, async (page) => {
    let noted = 0;
    const candidates = page.filter((user) => isUid(user.uid) && lastSeen(user) <= since);
    await fewAtOnce(candidates, AT_ONCE, async (user) => {
      if (await note(context, user, since, job.input.scheduledAt)) noted += 1;
    });
    return noted;
  });
  return more === undefined
    ? { settled: [{ record: 'inactivities', count, outcome: 'done', how: 'changed' }] }
    : { more };
}

/** Notes an account that nobody uses, once, and has its person told. */
async function note(context: Context, user: UserRecord, since: Instant, night: Instant): Promise<boolean> {
  const ref = inactivityRef(context, user.uid);
  if ((await ref.get()).exists) return false;
  const lastActiveAt = await lastSignOf(context, user, since);
  if (lastActiveAt > since || (await isLeftAlone(context, user.uid, accountCreatedAt(user))) !== null) return false;
  const found = {
    accountCreatedAt: accountCreatedAt(user),
    tenantId: user.tenantId ?? null,
    lastActiveAt: Timestamp.fromMillis(lastActiveAt),
    foundAt: Timestamp.fromMillis(context.now()),
  };
  await createIfAbsent(ref, sealedInactivity(user.uid, found, context.keys));
  await haveTold(context, user.uid, lastActiveAt, night);
  return true;
}

async function haveTold(context: Context, uid: string, lastActiveAt: Instant, night: Instant): Promise<void> {
  const { chain } = await latestHead(context, uid);
  await createJob(context, tellJob({ uid, pseudonym: chain, lastActiveAt }, night));
}

const NO_RESULTS = { back: 0, untold: 0, waits: 0, erased: 0, held: 0 };
type AccountResult = keyof typeof NO_RESULTS;

/** Looks again at accounts found before: back, to be told, waiting, or to be erased. */
async function settleFoundAccounts(context: Context, job: InactiveJob, run: Run): Promise<Progress> {
  const night = job.input.scheduledAt;
  const all = context.clients.own().collection('inactivities').orderBy(FieldPath.documentId());
  const { after, ...soFar } = run.cursor ?? {};
  const figures = { ...NO_RESULTS, ...(soFar as Partial<Record<AccountResult, number>>) };
  for await (const { documents, last } of pagesOf(all, FOUND_PAGE, typeof after === 'string' ? [after] : [])) {
    const users = await findAccounts(
      context,
      documents.map((document) => ({ uid: document.id, tenantId: tenantOf(document) })),
    );
    await fewAtOnce(documents, AT_ONCE, async (document) => {
      figures[await settleAccount(context, document, users.get(document.id), night)] += 1;
    });
    if (last !== undefined && context.now() >= run.deadline) return { more: { ...figures, after: last.id } };
  }
  if (figures.untold > 0) context.log.warn('unused accounts whose people are not told yet', { count: figures.untold });
  if (figures.held > 0) context.log.info('unused accounts that are held', { count: figures.held });
  return { settled: [{ record: 'inactivities', count: figures.erased, outcome: 'done', how: 'changed' }] };
}

/** The tenant of an account that was found unused; undefined if nobody knows. */
const tenantOf = (document: DocumentSnapshot): string | null | undefined => {
  const tenantId: unknown = document.get('tenantId');
  return typeof tenantId === 'string' || tenantId === null ? tenantId : undefined;
};

async function settleAccount(
  context: Context,
  document: QueryDocumentSnapshot,
  user: UserRecord | undefined,
  night: Instant,
): Promise<AccountResult> {
  const known = inactivityOf(document);
  const uid = document.id;
  // A forged one ends no account: unused accounts are found again, and told first.
  if (!isInactivitySealed(document, context.keys)) {
    context.log.error('an unused account is not as the backend noted it', { code: 'seal.broken' });
    return forget(document);
  }
  // An account that is gone, or has a successor under the same uid, is not waited for.
  if (user === undefined || accountCreatedAt(user) !== known.accountCreatedAt) return forget(document);
  const finding = await findingNow(context, known, user);
  if (finding === 'cameBack') return forget(document);
  if (finding === 'waits') return 'waits';
  const alone = await isLeftAlone(context, uid, known.accountCreatedAt);
  if (alone !== null) return alone === 'held' ? 'held' : 'waits';
  if (finding === 'tell') {
    await haveTold(context, uid, known.lastActiveAt, night);
    return 'untold';
  }
  await onAccountInactive(context, {
    uid,
    tenantId: user.tenantId ?? null,
    accountCreatedAt: known.accountCreatedAt,
    since: known.eraseAt ?? night,
  });
  return 'erased';
}

/** If it was written meanwhile, the next night looks again. */
async function forget(document: QueryDocumentSnapshot): Promise<'back'> {
  await deleteIfUnchanged(document);
  return 'back';
}

/**
 * Tells a person when their account ends, and notes it: the period of the notice runs from here.
 */
async function tellPerson(context: Context, job: JobOf<typeof tellInactiveJobs>): Promise<Progress> {
  const { uid, lastActiveAt: foundAt } = job.input;
  const ref = inactivityRef(context, uid);
  const document = await ref.get();
  if (!isInactivitySealed(document, context.keys) || document.get('told') !== undefined) return { settled: [] };
  const user = await findAccount(context, { uid, tenantId: tenantOf(document) });
  const since = inactiveSince(context.policy, context.now());
  // Tonight's look decides about those that are back, gone or held.
  if (user === null || since === null || (await lastSignOf(context, user, since)) > since) return { settled: [] };
  if ((await isLeftAlone(context, uid, accountCreatedAt(user))) !== null) return { settled: [] };
  const until = endOfNotice(context.policy, context.now());
  const to = await addressOf(context, {
    uid,
    accountCreatedAt: accountCreatedAt(user),
    tenantId: user.tenantId ?? null,
  });
  const id = `inactive_${job.pseudonym ?? ''}_${foundAt}`;
  const message = { id, until, locale: await localeOf(context, uid) };
  const told = to === undefined ? 'refused' : await tellInactive(context, { ...message, to });
  // Nobody can be told anything: no account ends unannounced.
  if (told === 'noSender') return { settled: [] };
  const noted = {
    ...document.data(),
    told: told === 'sent' ? 'sent' : 'undeliverable',
    toldAt: Timestamp.fromMillis(context.now()),
    eraseAt: Timestamp.fromMillis(until),
  };
  await ref.update(sealedInactivity(uid, noted, context.keys), versionOf(document));
  return { settled: [{ record: 'inactivities', count: 1, outcome: 'done', how: 'changed' }] };
}

export const inactiveRunner = (context: Context): Runner =>
  runnerOf(
    tellInactiveJobs.runner({ tell: (job) => tellPerson(context, job) }),
    inactiveJobs.runner({
      found: (job, run) => settleFoundAccounts(context, job, run),
      accounts: (job, run) => findUnused(context, job, run),
    }),
  );
