import type { Job } from '../../jobs/types.ts';
import { holdsOn } from '../../ledger/holds.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS } from '../../platform/time.ts';
import type { Progress } from '../../systems/system.ts';
import { issueCertificate } from '../certificate/issue.ts';
import { areUntold } from '../holds.ts';
import { accountOf, type Identity } from '../identity.ts';

/**
 * The wait of an erasure while a legal hold runs on the person; undefined if none does. Looks each
 * day whether it was lifted. Recipients hear first that a hold is over: their sheets need the
 * person.
 */
export async function whileHeld(
  context: Context,
  job: Job,
  who: () => Promise<Identity>,
): Promise<Progress | undefined> {
  const { uid } = accountOf(job);
  if (uid === '') return undefined;
  const running = await holdsOn(context, uid);
  if (running.length > 0) {
    // The results so far are attested before the wait, which can be years.
    await issueCertificate(context, job, { step: 'holds', subject: (await who()).subject });
    const first = Math.min(...running.map(({ until }) => until ?? Infinity), context.now() + DAY_MS);
    return { wait: first, why: 'a legal hold runs on this person' };
  }
  if (!(await areUntold(context, uid))) return undefined;
  return { wait: context.now() + context.config.pollMs, why: 'recipients are to hear that a legal hold is over' };
}
