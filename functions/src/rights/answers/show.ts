import type { Job } from '../../jobs/types.ts';
import type { StatedRestriction } from '../../ledger/restriction/stated.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { Policy, Purpose, PurposeId } from '../../policy/schema.ts';
import { dueOf } from '../../requests/clock.ts';
import type { Details } from '../../requests/details.ts';
import { isFinal } from '../../requests/request.ts';
import type { RequestRecord } from '../../requests/store.ts';
import { readAddress } from '../../subject/addresses.ts';
import { jobsOfRequest } from '../jobsOf.ts';
import { addressOfPerson, detailsOf, type FoundRequest } from './find.ts';
import { restrictionOfRequest } from './paused.ts';

/** Everything that an officer has to know to answer a request. */
export interface ShownRequest {
  readonly key: string;
  readonly record: RequestRecord;
  /** Empty without an account. */
  readonly uid: string;
  /** The address that is verified or proven, or of an entered request the one that it names. */
  readonly address?: { readonly email: string; readonly isProven: boolean };
  /** The person's own words and choices; gone when the request closes. */
  readonly details: Details;
  /** When it is due; while its clock stands, a moment that moves on. */
  readonly dueAt: number;
  /** The restriction that runs for it. */
  readonly restriction?: StatedRestriction;
  /** It may be offered to restrict the use of the data until this is answered (Art. 18(1)). */
  readonly offersRestriction: boolean;
  /** The purpose that an objection is about, as the policy tells it (Art. 13(1)(d)). */
  readonly about?: { readonly purpose: PurposeId } & Pick<Purpose, 'legalBasis' | 'interest'>;
  /** The jobs that answer it, with the outcomes of their steps. */
  readonly jobs: readonly Pick<Job, 'id' | 'kind' | 'status' | 'steps'>[];
}

/** Reads all of that. Costs about 5 reads, and a call to Auth. */
export async function showRequest(context: Context, found: FoundRequest): Promise<ShownRequest> {
  const { ref, record } = found;
  const { key, uid } = ref;
  const { jobs } = await jobsOfRequest(context, key, record);
  const proven = await addressOfPerson(context, { ...record, uid });
  const restriction = uid === '' ? undefined : await restrictionFor(context, found);
  const details = await detailsOf(context, found);
  const about = record.type === 'objection' ? aboutOf(context.policy, details.known['purpose']) : undefined;
  const address = proven === undefined ? await claimOf(context, record) : { email: proven, isProven: true };
  return {
    key,
    record,
    uid,
    ...(address === undefined ? {} : { address }),
    details,
    dueAt: dueOf(record, context.now()),
    ...defined({ restriction, about }),
    offersRestriction:
      uid !== '' && restriction === undefined && record.type === 'rectification' && !isFinal(record.status),
    jobs: jobs.map(({ id, kind, status, steps }) => ({ id, kind, status, steps })),
  };
}

/** The basis and the interest of the purpose that an objection names; nothing if it names none. */
function aboutOf({ purposes }: Policy, purpose: unknown): ShownRequest['about'] {
  if (typeof purpose !== 'string' || !Object.hasOwn(purposes, purpose)) return undefined;
  const { legalBasis, interest } = purposes[purpose] ?? {};
  return legalBasis && { purpose, legalBasis, ...defined({ interest }) };
}

/** A chain that somebody else wrote hides nothing else of a request: verification names it. */
async function restrictionFor(context: Context, found: FoundRequest): Promise<StatedRestriction | undefined> {
  try {
    return await restrictionOfRequest(context, found);
  } catch (error) {
    if (error instanceof ComplianceError) return undefined;
    throw error;
  }
}

/** The address that a request of somebody without an account names, and nobody has proven. */
async function claimOf(context: Context, { subjectKey }: RequestRecord): Promise<ShownRequest['address']> {
  const kept = subjectKey === undefined ? null : await readAddress(context, subjectKey);
  const email = kept?.unverifiedEmails?.[0];
  return email === undefined ? undefined : { email, isProven: false };
}
