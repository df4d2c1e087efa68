import { Timestamp } from 'firebase-admin/firestore';
import type { Job } from '../../jobs/types.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { accountCreatedAt } from '../../subject/identity.ts';
import { accountsOf } from '../../subject/accounts.ts';
import { readTombstone } from '../../subject/tombstones.ts';
import { accountOf } from '../identity.ts';
import { systemsOf } from '../plan.ts';

/**
 * Looks at the moment of signing, however the job stands: this erasure's own mark is complete, and
 * Auth has no such account. `endOfChain` reads the end of the chain. Costs 1 read and a call to
 * Auth for each pool.
 *
 * @throws PermanentError `certificate.contradicted`: nothing is signed, and an officer looks
 */
export async function assertErased(context: Context, job: Job): Promise<void> {
  const { uid, accountCreatedAt: erased, tenantId, pseudonym } = accountOf(job);
  const mark = await readTombstone(context, pseudonym);
  if (mark?.['job'] !== job.id || !(mark['completedAt'] instanceof Timestamp))
    throw contradicted('there is no completed mark of this erasure');
  if (uid === '' || !systemsOf(context.policy).includes('auth')) return;
  const isTheirs = (await accountsOf(context, uid)).some(
    (user) =>
      (erased === null || accountCreatedAt(user) === erased) &&
      (tenantId === undefined || (user.tenantId ?? null) === tenantId),
  );
  if (isTheirs) throw contradicted('the account is still there');
}

const contradicted = (what: string): PermanentError =>
  new PermanentError(
    'certificate.contradicted',
    `${what}: nothing was signed. Find out why, and erase what is there; then retry the erasure`,
  );
