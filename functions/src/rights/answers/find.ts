import { Timestamp } from 'firebase-admin/firestore';
import { openErasuresOf } from '../../erasure/holdTasks/wake.ts';
import { accountOf } from '../../erasure/identity.ts';
import { isOpen } from '../../jobs/advance.ts';
import { isStillOf, latestHead } from '../../ledger/find.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { contract } from '../../policy/contract.ts';
import { matchPath } from '../../policy/paths.ts';
import { readDetails, type Details } from '../../requests/details.ts';
import { requestsOfAccount } from '../../requests/ofAccount.ts';
import { requestHash, type RequestType } from '../../requests/request.ts';
import { loadRequest, personRef, refOfRecord, type RequestRecord, type RequestRef } from '../../requests/store.ts';
import { isUid, type ProvenEmail } from '../../subject/identity.ts';
import { uidOfChains } from '../../subject/known.ts';
import { addressOf, provenByAddress } from '../../subject/proven.ts';
import { pseudonymsOf, withoutGeneration } from '../../subject/pseudonym.ts';

/** A request, and the person it is of; the uid is empty without an account. */
export interface FoundRequest {
  readonly ref: RequestRef;
  readonly record: RequestRecord;
}

/**
 * Why an officer's command cannot work on a request. `unknown`: there is none of this name.
 * `nobody`: neither the identity map nor a document of the person names the account, so the officer
 * has to. `another`: the uid that the officer named is somebody else's.
 */
export type NotFound = 'unknown' | 'nobody' | 'another';

/**
 * Finds a request by its name in `requests`, and its person: by the uid that the officer knows, by
 * the identity map, or by the person's own document. Costs 3 reads, or 4.
 *
 * @throws PermanentError `seal.broken`
 */
export async function findRequest(context: Context, key: string, uid?: string): Promise<FoundRequest | NotFound> {
  const record = await loadRequest(context, key);
  if (record === null) return 'unknown';
  // Of somebody without an account: the record names the address by its keyed hash, or nothing.
  if (record.subjectKey !== undefined || record.entered?.unnamed === true)
    return { record, ref: await refOfRecord(context, '', key, record) };
  const pseudonym = withoutGeneration(record.pseudonym);
  if (uid !== undefined && !pseudonymsOf(uid, context.keys).includes(pseudonym)) return 'another';
  const known = uid ?? (await uidOfChains(context, [record.pseudonym])) ?? (await uidOfDocument(context, key, record));
  if (known === null) return 'nobody';
  return { record, ref: await refOfRecord(context, known, key, record) };
}

/**
 * Finds the account of a request by the person's own document of that moment: the identity map does
 * not know an account that is older than this backend. Path and id have to give the name of the
 * request. Costs a read for each request of that millisecond.
 */
async function uidOfDocument(
  { clients, keys }: Pick<Context, 'clients' | 'keys'>,
  key: string,
  { pseudonym, receivedAt }: RequestRecord,
): Promise<string | null> {
  const next = Timestamp.fromMillis(receivedAt.toMillis() + 1);
  const all = clients.app().collectionGroup('privacyRequests');
  const found = await all.where('createdAt', '>=', receivedAt).where('createdAt', '<', next).select().get();
  for (const { ref } of found.docs) {
    const { uid, id } = matchPath(contract.privacyRequests, ref.path) ?? {};
    if (uid === undefined || id === undefined || !pseudonymsOf(uid, keys).includes(withoutGeneration(pseudonym)))
      continue;
    if (key === `${pseudonym}_${requestHash(pseudonym, id, keys)}`) return uid;
  }
  return null;
}

/** Is the person of a request still the one with this uid? Costs 1 read. */
export async function isTheirs(
  context: Context,
  { uid, pseudonym }: { readonly uid: string; readonly pseudonym: string },
): Promise<boolean> {
  if (uid === '') return true;
  return isStillOf(await latestHead(context, uid), pseudonym);
}

/**
 * Returns the place of a decision about a request. `chain`: the chain of its person. `alone`: they
 * have none, or an erasure of theirs had begun and was given up. `erased`: nowhere, since their
 * erasure goes on and answers it. Costs 1 read, and of somebody erased a few queries.
 */
export async function standingOf(
  context: Context,
  { ref: { uid, key }, record: { pseudonym } }: FoundRequest,
): Promise<'chain' | 'alone' | 'erased'> {
  if (uid === '') return 'alone';
  if (await isTheirs(context, { uid, pseudonym })) return 'chain';
  // Jobs that end retained rows later are not the erasure.
  const running = (await openErasuresOf(context, { uid })).filter((job) => isOpen(job) && OFFICERS_STEP in job.steps);
  // It can go on in a further chain: accounts that had the uid one after another share one.
  for (const job of running)
    if ((await requestsOfAccount(context, accountOf(job))).some((one) => one.key === key)) return 'erased';
  return 'alone';
}

/**
 * Returns the address at which the person of a request is written to: verified now by their
 * account, or proven when it was entered. Undefined if there is none, or they were erased.
 */
export async function addressOfPerson(
  context: Context,
  { uid, subjectKey, pseudonym }: { readonly uid: string; readonly subjectKey?: string; readonly pseudonym: string },
): Promise<ProvenEmail | undefined> {
  if (subjectKey !== undefined) return (await provenByAddress(context, subjectKey, pseudonym))?.verifiedEmails[0];
  if (uid === '') return undefined;
  return (await isTheirs(context, { uid, pseudonym })) ? addressOf(context, { uid }) : undefined;
}

/**
 * Reads the person's own words and choices: of a request that an officer entered from its record,
 * else from the person's own document. Costs at most 1 read.
 */
export async function detailsOf(context: Context, { ref, record }: FoundRequest): Promise<Details> {
  const type = record.type as RequestType;
  if (record.details !== undefined || !isUid(ref.uid)) return readDetails(type, record.details);
  return readDetails(type, (await personRef(context.clients.app(), ref).get()).get('details'));
}
