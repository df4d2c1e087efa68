import { Timestamp, type Query } from 'firebase-admin/firestore';
import { throughPages } from '../jobs/pages.ts';
import { answerBy } from '../policy/calendar.ts';
import {
  checkpointHash,
  faultOfCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type CheckpointFault,
} from './checkpoint.ts';
import type { Runner } from '../jobs/catalog.ts';
import { isOpen } from '../jobs/advance.ts';
import type { JobOf } from '../jobs/define.ts';
import { checkpointJobs } from './job.ts';
import { jobRef, jobsIn } from '../jobs/store.ts';
import type { Job, Run } from '../jobs/types.ts';
import { compareNames, evidenceStore, isSameCheckpoint, type EvidenceStore } from './bucket.ts';
import { signers } from '../crypto/signers.ts';
import { chainEnd } from '../ledger/period.ts';
import { headRef } from '../ledger/documents.ts';
import { treeOf } from './tree.ts';
import {
  bucketRef,
  checkpointRef,
  checkpointToDocument,
  claimRef,
  loadSummaries,
  newestCheckpoint,
  signedSummary,
  storedCheckpoint,
} from './store.ts';
import { OVERLAP_MS } from './verifyLedger.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Progress } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { compared } from './compareHeads.ts';
import { overdue } from './plan.ts';
import { bucketFrom, claimOf, claimToDocument, inBuckets, Superseded, updateBucket, type Claim } from './build.ts';

/**
 * Builds and signs a checkpoint (plan.ts), a page at a time. Every step can run twice and die
 * anywhere. Buckets keep the signed state until the next checkpoint is signed, and the claim lets
 * one job build at a time. A checkpoint is first a document, then an object of the evidence bucket
 * with the same bytes. A transaction creates the document once, and sees that the one before is
 * still the newest.
 *
 * Reads per run: a summary per bucket, twice; each bucket; two fields of each head; per changed
 * chain its head twice and its entries.
 */
export function checkpointRunner(context: Context): Runner {
  const unlessSuperseded =
    (work: (job: CheckpointJob, run: Run) => Promise<Progress>) =>
    async (job: CheckpointJob, run: Run): Promise<Progress> => {
      assertByHand(context, job);
      try {
        return await work(job, run);
      } catch (error) {
        if (!(error instanceof Superseded)) throw error;
        context.log.warn('another job builds the checkpoint now: nothing more to do', { job: job.id });
        return { settled: [] };
      }
    };
  return checkpointJobs.runner({
    claim: unlessSuperseded((job) => claim(context, job)),
    changed: unlessSuperseded((job, run) => changed(context, job, run)),
    conflicts: unlessSuperseded((job) => conflicts(context, job)),
    ended: unlessSuperseded((job, run) => ended(context, job, run)),
    compared: unlessSuperseded((job, run) => compared(context, job, run)),
    sign: unlessSuperseded((job) => sign(context, job)),
  });
}

type CheckpointJob = JobOf<typeof checkpointJobs>;

const store = async (context: Context): Promise<EvidenceStore> =>
  evidenceStore(await context.clients.bucket('evidence'));

const wrong = (
  code: CheckpointFault | 'tree_differs' | 'rolled_back' | 'changed' | 'differs',
  what: string,
): PermanentError =>
  new PermanentError(
    `checkpoint.${code}`,
    `${what}. No checkpoint is signed until an officer has looked into it: compliance ledger verify says what differs; once it is explained, compliance ledger checkpoint --rebuild begins a new tree and says so in the checkpoint`,
  );

/**
 * A document of a job is no order to sign a ledger that was rewritten: it can be written without a
 * key.
 *
 * @throws PermanentError `checkpoint.by_hand` for a new tree in a deployed function
 */
function assertByHand({ byOfficer }: Context, { input }: CheckpointJob): void {
  if (input.rebuild && byOfficer !== true)
    throw new PermanentError(
      'checkpoint.by_hand',
      'a new tree is begun only by compliance ledger checkpoint --rebuild, while that command runs: cancel this job, and run the command again if it was yours',
    );
}

/**
 * Claims the tree, and holds it against the last checkpoint, in the database and in the evidence
 * bucket.
 */
async function claim(context: Context, job: CheckpointJob): Promise<Progress> {
  const own = context.clients.own();
  const held = (await claimRef(own).get()).data() as Claim | undefined;
  if (held !== undefined && held.job !== job.id) {
    const [holder] = jobsIn([await jobRef(own, held.job).get()], context.keys).jobs;
    if (holder !== undefined && isOpen(holder) && holder.status !== 'blocked')
      return { wait: context.now() + context.config.enqueueGraceMs, why: 'another checkpoint is being built' };
  }
  const { rebuild } = job.input;
  const last = rebuild ? await lastOfBoth(context) : await trustedLast(context);
  // Names follow numbers: a job that a later name has overtaken has nothing to sign any more.
  if (last !== null && compareNames(last.name, job.input.name) >= 0) throw new Superseded();
  const number = (last?.number ?? 0) + 1;
  const since = last === null || rebuild ? null : Date.parse(last.at) - OVERLAP_MS;
  const taken = await own.runTransaction(async (tx) => {
    const before = (await tx.get(claimRef(own))).data() as Claim | undefined;
    if (before?.job !== held?.job) return false;
    tx.set(claimRef(own), claimToDocument({ job: job.id, number, at: context.now(), since }));
    return true;
  });
  if (!taken) return { wait: context.now() + context.config.enqueueGraceMs, why: 'another checkpoint is being built' };
  const summaries = await loadSummaries(own);
  if (rebuild) {
    for (const { bucket } of summaries) await bucketRef(own, bucket).delete();
    return { settled: [] };
  }
  const tree = treeOf(summaries.map((summary) => signedSummary(summary, number - 1)));
  const empty = last === null && tree.chains === 0;
  const same = last !== null && tree.root === last.root && tree.chains === last.chains && tree.buckets === last.buckets;
  if (!empty && !same)
    throw wrong('tree_differs', `the stored tree is not the one that was signed in ${last?.name ?? 'any checkpoint'}`);
  return { settled: [] };
}

/** The newest checkpoint, if database and bucket agree and one of our keys signed it. */
async function trustedLast(context: Context): Promise<Checkpoint | null> {
  const newest = await newestCheckpoint(context.clients.own());
  const evidence = await store(context);
  const later = (await evidence.namesFrom(newest?.name ?? null)).filter((name) => name !== newest?.name);
  if (later.length > 0)
    throw wrong(
      'rolled_back',
      `the evidence bucket has ${later.length} checkpoints that the database does not know, from ${later[0] ?? ''} on (was the database restored from a backup?)`,
    );
  if (newest === null) return null;
  const { name, checkpoint } = newest;
  if (checkpoint === null) throw wrong('changed', `checkpoints/${name} is not a checkpoint any more`);
  const fault = faultOfCheckpoint(checkpoint, signers(context).trusted);
  if (fault !== null) throw wrong(fault, `checkpoints/${name}: ${fault}`);
  await publish(context, evidence, checkpoint);
  return checkpoint;
}

/**
 * Returns the newest of database and bucket, however wrong the rest is: a new tree names it as the
 * one before.
 */
async function lastOfBoth(context: Context): Promise<Checkpoint | null> {
  const newest = await newestCheckpoint(context.clients.own());
  const evidence = await store(context);
  const name = (await evidence.namesFrom(newest?.name ?? null)).sort(compareNames).at(-1);
  const object = name === undefined ? null : await evidence.read(name);
  const known = [newest?.checkpoint ?? null, object].filter((one) => one !== null && one !== 'changed');
  return known.reduce<Checkpoint | null>((a, b) => (a !== null && a.number >= b.number ? a : b), null);
}

const HEADS_PER_PAGE = 200;

/**
 * Takes up every chain whose head changed since the last checkpoint, in the order in which they
 * changed, until none is left.
 */
async function changed(context: Context, job: Job, run: Run): Promise<Progress> {
  const own = context.clients.own();
  const { since } = await claimOf(own, job.id);
  const heads = own.collection('ledger');
  const query = since === null ? heads : heads.where('changedAt', '>', Timestamp.fromMillis(since));
  return pages(context, query, 'changedAt', run, (chains) => inBuckets(context, job.id, chains));
}

/** Works through the names of a query in the order of a time. */
async function pages(
  { clients, now }: Context,
  query: Query,
  field: string,
  run: Run,
  each: (ids: string[]) => Promise<void>,
): Promise<Progress> {
  const { more } = await throughPages(
    { db: clients.own(), query: query.select(field), field, size: HEADS_PER_PAGE },
    async (documents) => {
      await each(documents.map(({ id }) => id));
      return documents.length;
    },
    { ...run, now },
  );
  return more === undefined ? { settled: [] } : { more };
}

/**
 * Looks again at chains that differed from the signed ones: a restored one may be the same again.
 */
async function conflicts(context: Context, job: Job): Promise<Progress> {
  const summaries = await loadSummaries(context.clients.own());
  await inBuckets(
    context,
    job.id,
    summaries.flatMap((summary) => summary.conflicts),
  );
  return { settled: [] };
}

/**
 * Drops the leaves of chains that are over their period and gone. One that is held, or not deleted
 * yet, keeps its leaf.
 */
async function ended(context: Context, job: Job, run: Run): Promise<Progress> {
  const own = context.clients.own();
  await claimOf(own, job.id);
  const endsAt = chainEnd(context.policy);
  const query = own.collection('checkpointBuckets').where('nextEnd', '<=', Timestamp.fromMillis(context.now()));
  return pages(context, query, 'nextEnd', run, async (ids) => {
    for (const id of ids) {
      const bucket = bucketFrom(id, (await bucketRef(own, id).get()).data());
      const over = overdue(bucket?.now.leaves ?? [], endsAt, context.now());
      if (over.length === 0) continue;
      const heads = await own.getAll(...over.map((chain) => headRef(own, chain)), { fieldMask: [] });
      const gone = new Set(heads.filter(({ exists }) => !exists).map((head) => head.id));
      if (gone.size > 0) await updateBucket(context, job.id, id, [], gone);
    }
  });
}

/** Signs the present state of the tree. */
async function sign(context: Context, job: CheckpointJob): Promise<Progress> {
  const own = context.clients.own();
  const { name, rebuild } = job.input;
  const mine = await claimOf(own, job.id);
  const { current } = signers(context);
  const summaries = await loadSummaries(own);
  const conflicted = summaries.reduce((sum, one) => sum + one.conflicts.length, 0);
  const last = rebuild ? await lastOfBoth(context) : ((await newestCheckpoint(own))?.checkpoint ?? null);
  const checkpoint = await own.runTransaction(async (tx) => {
    await claimOf(own, job.id, tx);
    const stored = await tx.get(checkpointRef(own, name));
    // Signed by an attempt that died afterwards.
    if (stored.exists) return storedCheckpoint(stored);
    const facts = {
      ...treeOf(summaries),
      ...{ name, number: mine.number, at: new Date(mine.at).toISOString(), conflicts: conflicted, rebuilt: rebuild },
      previous: last === null ? null : checkpointHash(last),
    };
    const signed = signCheckpoint(facts, current);
    tx.create(checkpointRef(own, name), checkpointToDocument(signed));
    return signed;
  });
  if (checkpoint?.number !== mine.number)
    throw wrong('changed', `checkpoints/${name} is there already, and is not what this job signed`);
  await publish(context, await store(context), checkpoint);
  return { settled: [outcomeOf(context, checkpoint)] };
}

/** Puts a checkpoint into the evidence bucket, or sees that it is there. */
async function publish(context: Context, evidence: EvidenceStore, checkpoint: Checkpoint): Promise<void> {
  const { name } = checkpoint;
  const there = await evidence.read(name);
  if (there === null) {
    if (await evidence.create(checkpoint)) context.log.info('checkpoint published', { checkpoint: name });
    else throw new Error('the object came to be meanwhile: try again');
  } else if (there === 'changed' || !isSameCheckpoint(there, checkpoint)) {
    throw wrong('differs', `checkpoints/${name} is not the same in the database and in the evidence bucket`);
  }
}

function outcomeOf(context: Context, { conflicts: count, chains, name }: Checkpoint) {
  if (count === 0) return { record: 'checkpoints', count: chains, outcome: 'done' as const };
  context.log.error('a checkpoint was signed with chains that are not what was signed before', {
    checkpoint: name,
    chains: count,
  });
  return {
    record: 'ledger',
    count,
    outcome: 'manual' as const,
    what: inLanguages(context.policy, ({ officer }) => officer.ledgerDiffers),
    by: answerBy(context.policy, context.now()),
  };
}
