import type { Context } from '../../platform/context.ts';
import { readDetails, type Details } from '../../requests/details.ts';
import type { RequestType } from '../../requests/request.ts';
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
 * `nobody`: the identity map does not name the account, so the officer has to. `another`: the uid
 * that the officer named is somebody else's.
 */
export type NotFound = 'unknown' | 'nobody' | 'another';

/**
 * Finds a request by its name in `requests`, and its person: by the identity map, or by the uid
 * that the officer knows. Costs 3 reads.
 *
 * @throws PermanentError `seal.broken`
 */
export async function findRequest(context: Context, key: string, uid?: string): Promise<FoundRequest | NotFound> {
  const record = await loadRequest(context, key);
  if (record === null) return 'unknown';
  // Of somebody without an account: the record names the address by its keyed hash.
  if (record.subjectKey !== undefined) return { record, ref: await refOfRecord(context, '', key, record) };
  const pseudonym = withoutGeneration(record.pseudonym);
  if (uid !== undefined && !pseudonymsOf(uid, context.keys).includes(pseudonym)) return 'another';
  const known = uid ?? (await uidOfChains(context, [record.pseudonym]));
  if (known === null) return 'nobody';
  return { record, ref: await refOfRecord(context, known, key, record) };
}

/**
 * Returns the address at which the person of a request is written to: verified now by their
 * account, or proven when it was entered. Undefined if there is none.
 */
export async function addressOfPerson(
  context: Context,
  { uid, subjectKey, pseudonym }: { readonly uid: string; readonly subjectKey?: string; readonly pseudonym: string },
): Promise<ProvenEmail | undefined> {
  if (subjectKey === undefined) return addressOf(context, { uid });
  return (await provenByAddress(context, subjectKey, pseudonym))?.verifiedEmails[0];
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
