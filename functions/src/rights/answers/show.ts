import type { Job } from '../../jobs/types.ts';
import type { Context } from '../../platform/context.ts';
import { dueOf } from '../../requests/clock.ts';
import type { Details } from '../../requests/details.ts';
import type { RequestRecord } from '../../requests/store.ts';
import { readAddress } from '../../subject/addresses.ts';
import { jobsOfRequest } from '../jobsOf.ts';
import { addressOfPerson, detailsOf, type FoundRequest } from './find.ts';

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
  /** The jobs that answer it, with the outcomes of their steps. */
  readonly jobs: readonly Pick<Job, 'id' | 'kind' | 'status' | 'steps'>[];
}

/** Reads all of that. Costs about 5 reads, and a call to Auth. */
export async function showRequest(context: Context, found: FoundRequest): Promise<ShownRequest> {
  const { ref, record } = found;
  const { key, uid } = ref;
  const { jobs } = await jobsOfRequest(context, key, record);
  const proven = await addressOfPerson(context, { ...record, uid });
  const address = proven === undefined ? await claimOf(context, record) : { email: proven, isProven: true };
  return {
    key,
    record,
    uid,
    ...(address === undefined ? {} : { address }),
    details: await detailsOf(context, found),
    dueAt: dueOf(record, context.now()),
    jobs: jobs.map(({ id, kind, status, steps }) => ({ id, kind, status, steps })),
  };
}

/** The address that a request of somebody without an account names, and nobody has proven. */
async function claimOf(context: Context, { subjectKey }: RequestRecord): Promise<ShownRequest['address']> {
  const kept = subjectKey === undefined ? null : await readAddress(context, subjectKey);
  const email = kept?.unverifiedEmails?.[0];
  return email === undefined ? undefined : { email, isProven: false };
}
