import type { UserRecord } from 'firebase-admin/auth';
import { FieldPath, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { JobPlan, Runner } from '../jobs/catalog.ts';
import { accountsJobs } from './job.ts';
import { fewAtOnce } from '../jobs/pages.ts';
import { createJob } from '../jobs/store.ts';
import type { Run } from '../jobs/types.ts';
import { DAY_MS, stampOf, type Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { pagesOf, updateIfUnchanged } from '../platform/firestore.ts';
import { isAddressKey } from '../subject/emails.ts';
import { accountCreatedAt, isSameKnown, isUid, mergeKnown, knownFromAuth, type Known } from '../subject/identity.ts';
import { carryAddress } from '../rectification/start.ts';
import { isSubjectSealed, learn, missedDocument, missingSince, knownIn } from '../subject/known.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { accountsOf, findAccounts } from '../subject/accounts.ts';
import type { Progress } from '../systems/system.ts';
import { onAccountMissing, type EndedAccount } from './accountEvents.ts';

/**
 * The nightly comparison of the accounts that are known (`subjects`) with those that Auth has. A
 * deletion of many accounts at once may fire no event in production, an import fires none either,
 * and no event tells that an address was verified.
 */

/** The facts about an account, and since when it is missed. */
export interface KnownAccount {
  readonly known: Known;
  readonly missingSince?: Instant | undefined;
}

/** The result of one look at an account. */
export type Finding =
  /**
   * It is there, and nothing is new; or it is missed and was missed only a moment ago: nothing is
   * written.
   */
  | { readonly found: 'nothingNew' }
  /** It is there, and Auth knows more than before; or it is back. */
  | { readonly found: 'news'; readonly known: Known }
  /** It is missed for the first time. */
  | { readonly found: 'missed' }
  /** It was missed before, so long ago that this is another look. */
  | { readonly found: 'missedAgain'; readonly account: EndedAccount };

/**
 * Decides about one account. Pure. Auth has an account under the same uid and another creation
 * time: that is somebody else, and the known one is missed.
 *
 * @param present Auth's data of the uid's present user; undefined: nobody has it
 */
export function findingOf(
  { known, missingSince: since }: KnownAccount,
  present: Known | undefined,
  { now, missingAfterMs }: { readonly now: Instant; readonly missingAfterMs: number },
): Finding {
  const { uid, accountCreatedAt: createdAt } = known;
  const isThere = present !== undefined && (createdAt === null || present.accountCreatedAt === createdAt);
  if (isThere) {
    const isNews = since !== undefined || !isSameKnown(mergeKnown(known, present), known);
    return isNews ? { found: 'news', known: present } : { found: 'nothingNew' };
  }
  if (since === undefined) return { found: 'missed' };
  if (now < since + missingAfterMs) return { found: 'nothingNew' };
  const { tenantId } = known;
  return { found: 'missedAgain', account: { uid, ...defined({ tenantId }), accountCreatedAt: createdAt, since } };
}

/** Subjects a page: as many as Auth answers about in one call. */
const PAGE = 100;
/** How many persons are written about at a time. */
const AT_ONCE = 8;

/**
 * Looks at a page of `subjects`: one call to Auth, and a write for each account with news. People
 * without an account have none that could be missed. Of a forged document nothing counts: it is
 * written anew if Auth has the account, and left for an officer if not.
 *
 * @returns how many of them are missed, for the first time or again
 */
export async function comparePage(context: Context, page: readonly QueryDocumentSnapshot[]): Promise<number> {
  const accounts = page.filter(({ id }) => isUid(id) && !isAddressKey(id));
  const users = await findAccounts(
    context,
    accounts.map((document) => ({
      uid: document.id,
      tenantId: knownIn(document.id, document.data(), context.keys).tenantId,
    })),
  );
  let [missed, forged] = [0, 0];
  await fewAtOnce(accounts, AT_ONCE, async (document) => {
    const data = document.data();
    const known = knownIn(document.id, data, context.keys);
    const user = await accountNow(context, known, users.get(document.id));
    if (!isSubjectSealed(document.id, data, context.keys)) {
      forged += 1;
      // Anybody can have written it, so it begins no erasure. Auth knows an account that lives.
      if (user !== undefined) await learn(context, knownFromAuth(user, pseudonymOf(document.id, context.keys)));
      return;
    }
    const pseudonym = known.pseudonym === '' ? pseudonymOf(document.id, context.keys) : known.pseudonym;
    const finding = findingOf({ known, missingSince: missingSince(data) }, user && knownFromAuth(user, pseudonym), {
      now: context.now(),
      missingAfterMs: context.config.missingAfterMs,
    });
    switch (finding.found) {
      case 'nothingNew':
        await carryAddress(context, known);
        return;
      case 'news':
        await carryAddress(context, await learn(context, finding.known));
        return;
      case 'missed':
        missed += 1;
        await markMissed(context, document);
        return;
      case 'missedAgain':
        missed += 1;
        await onAccountMissing(context, finding.account);
        return;
    }
  });
  if (forged > 0)
    context.log.error('what is known of accounts is not as the backend wrote it', {
      code: 'seal.broken',
      count: forged,
    });
  return missed;
}

/**
 * Returns the account of a person as Auth has it now. One that its own pool does not have is looked
 * for in every pool: it may have moved to a tenant. Only an account in no pool is gone.
 */
async function accountNow(
  context: Context,
  { uid, accountCreatedAt: createdAt }: Known,
  found: UserRecord | undefined,
): Promise<UserRecord | undefined> {
  if (found !== undefined && (createdAt === null || accountCreatedAt(found) === createdAt)) return found;
  const moved = (await accountsOf(context, uid)).find((user) => accountCreatedAt(user) === createdAt);
  return moved ?? found;
}

/**
 * Notes that an account is missed. Something learnt or forgotten of it a moment ago wins: the next
 * night looks again.
 */
const markMissed = (context: Context, document: QueryDocumentSnapshot): Promise<boolean> =>
  updateIfUnchanged(document, missedDocument(document.id, document.data(), context.now(), context.keys));

/** Works through all known accounts, by name: one read each, and no write if nothing is new. */
async function accounts(context: Context, run: Run): Promise<Progress> {
  const everybody = context.clients.own().collection('subjects').orderBy(FieldPath.documentId());
  const { cursor } = run;
  let missed = Number(cursor?.['missed'] ?? 0);
  for await (const { documents, last } of pagesOf(everybody, PAGE, cursor === undefined ? [] : [cursor['after']])) {
    missed += await comparePage(context, documents);
    if (last !== undefined && context.now() >= run.deadline) return { more: { after: last.id, missed } };
  }
  if (missed > 0) context.log.warn('accounts that were known are missed', { count: missed });
  return { settled: [] };
}

/** Runs the step of `accountsJob`. */
export const accountsRunner = (context: Context): Runner =>
  accountsJobs.runner({ accounts: (_job, run) => accounts(context, run) });

/** Starts tonight's comparison. A schedule that fires twice, or late, is one. */
export async function startAccounts(context: Context, scheduledAt: Instant): Promise<void> {
  await createJob(context, accountsJob(scheduledAt));
}

/** Tonight's comparison as a job: a schedule that fires twice is one. */
export function accountsJob(scheduledAt: Instant): JobPlan {
  return accountsJobs.plan({
    id: `accounts_${stampOf(scheduledAt)}`,
    input: { scheduledAt },
    dueAt: scheduledAt + DAY_MS,
    steps: [{ id: 'accounts' }],
  });
}
