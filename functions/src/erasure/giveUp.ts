import { isOpen } from '../jobs/advance.ts';
import { cancelJob, type Ordered } from '../jobs/officer.ts';
import { jobsIn, loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { OwnStore } from '../platform/context.ts';
import { forgetAddress } from '../subject/addresses.ts';
import { isAddressKey } from '../subject/emails.ts';
import { accountOf } from './identity.ts';

/**
 * What an erasure that is given up had learnt goes with it: who the person was, and, of one without an account, the address that they had proven. An
 * account's own erasure ends what servers know of it; nobody else's would end this. Runs twice harmlessly.
 *
 * @param job as it was before it was cancelled, which takes its input
 */
export async function forgetGivenUp({ clients, keys }: OwnStore, job: Job): Promise<void> {
  const own = clients.own();
  if (job.kind !== 'erasure' || !saysWhom(job)) return;
  const { uid, key } = accountOf(job);
  await own.doc(`subjects/${key}/identities/${job.id}`).delete();
  if (uid !== '' || !isAddressKey(key)) return;
  const others = await own.collection('jobs').where('input.subjectKey', '==', key).get();
  if (jobsIn(others.docs, keys).jobs.some(isOpen)) return;
  await forgetAddress(own, key);
}

/** One that does not is given up because of that. */
function saysWhom(job: Job): boolean {
  try {
    return accountOf(job).key !== '';
  } catch {
    return false;
  }
}

/** Gives any job up; what it did stays recorded, and what it knew of a person goes. */
export async function giveUp(store: OwnStore, id: string, now: number): Promise<Ordered> {
  const before = await loadJob(store, id);
  const outcome = await cancelJob(store, id, now);
  if (outcome.ok && before !== null) await forgetGivenUp(store, before);
  return outcome;
}
