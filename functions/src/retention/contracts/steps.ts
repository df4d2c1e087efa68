import { Timestamp } from 'firebase-admin/firestore';
import type { Runner } from '../../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../../jobs/define.ts';
import { contractsJobs, lapseJobs } from '../job.ts';
import { fewAtOnce, throughPages } from '../../jobs/pages.ts';
import { createJob } from '../../jobs/store.ts';
import type { Run } from '../../jobs/types.ts';
import { readingBack, untilNextEnd, walkFree } from '../../jobs/eachRecord.ts';
import { contractEnds, ownerOfContract, writtenContracts, type WrittenContracts } from '../../erasure/contract.ts';
import { erasureOf, isOfAnother } from '../../ledger/chain.ts';
import { accountCreatedAt, latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { untouchable } from '../../ledger/holds.ts';
import { provenByAccount } from '../../subject/proven.ts';
import { pseudonymOf } from '../../subject/pseudonym.ts';
import { visitPerson } from '../../systems/person.ts';
import type { Change, Progress } from '../../systems/system.ts';
import { contractEnd, haveEnded, lapsedSince, lapseEnds, personJob, recordsLapsing } from './plan.ts';

/**
 * Returns the record of contracts, and the place of its rows. @throws PermanentError
 * `policy.contract` if the policy has none any more
 */
function contractsOf(context: Context): WrittenContracts {
  const written = writtenContracts(context);
  if (written === undefined)
    throw new PermanentError('policy.contract', 'the policy knows no contracts in Firestore any more');
  return written;
}

const AT_ONCE = 8;

/** Finds contracts that ended so long ago that something is over. Makes a job of each person. */
async function findEnded(context: Context, run: Run): Promise<Progress> {
  const since = lapsedSince(context.policy, context.now());
  if (since === null) return { settled: [] };
  const contracts = contractsOf(context);
  const { record, ended, db, rows } = contracts;
  const query = rows.where(ended, '<=', Timestamp.fromMillis(since));
  const { count, more } = await throughPages(
    { db, query, field: ended },
    async (page) => {
      const uids = page.flatMap((row) => ownerOfContract(record, row) ?? []);
      const people = [...new Set(uids)];
      let begun = 0;
      await fewAtOnce(people, AT_ONCE, async (uid) => {
        const endedAt = contractEnd(await contractEnds(contracts, uid), context.now());
        if (endedAt === null || endedAt > since) return;
        const { chain } = await latestHead(context, uid);
        if (await createJob(context, personJob({ uid, pseudonym: chain, endedAt }, context.now()), { again: false }))
          begun += 1;
      });
      return begun;
    },
    { ...run, now: context.now },
  );
  if (more !== undefined) return { more };
  if (count > 0) context.log.info('contracts that ended and whose periods are looked at from now on', { count });
  return { settled: [] };
}

/**
 * Ends those rows of a person that are over since the end of the contract, as `fate()` says.
 * A contract that runs again keeps the rest.
 */
async function endRecords(context: Context, job: JobOf<typeof lapseJobs>, run: Run): Promise<Progress> {
  const { uid, endedAt } = job.input;
  const stands = async (): Promise<boolean> => {
    const { head } = await latestHead(context, uid);
    // An erasure ends everything of the person, and nothing of the next user of the uid. A later
    // end of a contract is another job.
    const isErased = erasureOf(head) !== undefined && !isOfAnother(head, await accountCreatedAt(context, uid));
    const now = context.now();
    return !isErased && haveEnded(context.policy, await contractEnds(contractsOf(context), uid), { by: endedAt, now });
  };
  if (!(await stands())) return { settled: [] };
  const until = await untouchable(context, uid);
  const { subject } = await provenByAccount(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  const change: Change = { kind: 'lapse', event: 'contractEnded', at: endedAt };
  // Asked before each page: a contract that runs again meanwhile keeps the pages after it.
  const actions = visitPerson(context, { subject }, async () => ((await stands()) ? change : undefined), run.deadline);
  const place = { ...run, now: context.now };
  const records = recordsLapsing(context.policy);
  const progress = await walkFree(records, readingBack(actions), place, ({ record }) => until(record));
  return untilNextEnd(progress, lapseEnds(context.policy, endedAt), context.now());
}

export const lapseRunner = (context: Context): Runner =>
  runnerOf(
    contractsJobs.runner({ contracts: (_job, run) => findEnded(context, run) }),
    lapseJobs.runner({ records: (job, run) => endRecords(context, job, run) }),
  );
