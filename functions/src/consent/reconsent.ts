import { Timestamp, type Query } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import { eachPerson, throughPages, throughQueries } from '../jobs/pages.ts';
import { runnerOf, type JobOf } from '../jobs/define.ts';
import { announceJobs, reconsentJobs } from './job.ts';
import { loadJob } from '../jobs/store.ts';
import type { Job, Run } from '../jobs/types.ts';
import { erasureOf } from '../ledger/chain.ts';
import type { Context } from '../platform/context.ts';
import { batches } from '../platform/firestore.ts';
import { DAY_MS } from '../platform/time.ts';
import { cutoff } from '../policy/calendar.ts';
import { endedBefore, endedTexts } from '../policy/versions/inForce.ts';
import type { Progress } from '../systems/system.ts';
import { announce } from './policyChange/announce.ts';
import { askAgain, askChain } from './askAgain.ts';
import { reconcileId, versionJob } from './nightlyJobs.ts';
import { byPerson, counted, reconcilePerson } from './reconcile.ts';

/**
 * Asks again for every consent that is due, because the policy has a new text, or because the
 * policy's period is over (Art. 7; CNIL). By the documents, which name the person; and by the heads
 * of the ledger, which know consents without a document.
 */

/**
 * Works through the persons of a query on consent documents. Decisions that the ledger lacks are
 * recorded first, then the persons are asked.
 */
async function throughDocuments(
  context: Context,
  job: Job,
  { query, field }: { query: Query; field: string },
  run: Run,
): Promise<Progress> {
  const { count, more } = await throughPages(
    { db: context.clients.app(), query, field },
    (page) =>
      eachPerson(
        context,
        byPerson(context, page),
        { job, chainOf: ({ chain }) => chain },
        async ({ uid, documents }) => {
          const settled = documents.filter((document) => isSettled(context, document.get('updatedAt')));
          const { head } = await reconcilePerson(context, uid, settled);
          return erasureOf(head) ? 0 : askAgain(context, uid);
        },
      ),
    { ...run, now: context.now },
  );
  return more === undefined ? told(context, job, count) : { more };
}

/** An answer of just now: its event is still on its way. */
function isSettled({ now, config }: Context, updatedAt: unknown): boolean {
  return updatedAt instanceof Timestamp && updatedAt.toMillis() <= now() - config.reconcileAfterMs;
}

function told(context: Context, job: Job, count: number): Progress {
  if (count > 0) context.log.info('consents are asked again', { job: job.id, count });
  return { settled: counted(context, count) };
}

/**
 * How long before today a document's period is looked for: this catches up with days on which the
 * schedule did not run.
 */
const CATCH_UP_MS = 10 * DAY_MS;

/** Finds documents whose period is over: since lately, or for long. */
function overdue(context: Context, scheduledAt: number, since: 'lately' | 'ever'): Query {
  const { policy } = context;
  const to = cutoff(policy.rights.reconsentAfter.period, scheduledAt, policy.controller);
  const query = context.clients
    .app()
    .collectionGroup('consents')
    .where('granted', '==', true)
    .where('updatedAt', '<=', Timestamp.fromMillis(to));
  return since === 'ever' ? query : query.where('updatedAt', '>=', Timestamp.fromMillis(to - CATCH_UP_MS));
}

/**
 * Is a job at work that asks, or learns, everybody named by a document: that of the version, or the
 * comparison of this night? The heads alone may not know whom to ask.
 */
async function isUnderWay(context: Context, { input: { scheduledAt } }: ReconsentJob): Promise<boolean> {
  const { policy, now } = context;
  const id = versionJob(policy, now());
  const [version, comparison] = await Promise.all([loadJob(context, id), loadJob(context, reconcileId(scheduledAt))]);
  // The next night makes the job of a version that took effect after this one began.
  if (version === null && id !== versionJob(policy, scheduledAt)) return true;
  return [version, comparison].some((job) => job?.status === 'waiting' || job?.status === 'running');
}

/**
 * Works through the heads with consents that are due: by their period, or by texts that ended. A
 * head stays due until its person is asked, so that one that was left out is found again the next
 * night. Costs a read for each head, and one for each query that finds none.
 */
async function throughHeads(
  context: Context,
  job: ReconsentJob,
  due: (ledger: Query) => { readonly queries: readonly Query[]; readonly field?: string },
  run: Run,
): Promise<Progress> {
  if (await isUnderWay(context, job))
    return { wait: context.now() + context.config.pollMs, why: 'everybody whom a document names is asked first' };
  const db = context.clients.own();
  const queries = { db, ...due(db.collection('ledger')) };
  const { count, more } = await throughQueries(
    queries,
    (page) => eachPerson(context, page, { job, chainOf: ({ id }) => id }, (head) => askChain(context, head)),
    { ...run, now: context.now },
  );
  return more === undefined ? told(context, job, count) : { more };
}

/** The most texts in one query: the embedded Firestore takes no more. */
const TEXTS_AT_ONCE = 10;

export function reconsentRunner(context: Context): Runner {
  // Agreements to this version, or a later one, cover their purposes as they are.
  const covering = (): string => endedBefore(context.policy, context.now()) ?? '';
  const throughOverdue = (since: 'lately' | 'ever') => (job: ReconsentJob, run: Run) =>
    throughDocuments(context, job, { query: overdue(context, job.input.scheduledAt, since), field: 'updatedAt' }, run);
  const reconsent = reconsentJobs.runner({
    older: (job, run) => {
      const group = context.clients.app().collectionGroup('consents');
      const query = group.where('granted', '==', true).where('policyVersion', '<', covering());
      return throughDocuments(context, job, { query, field: 'policyVersion' }, run);
    },
    overdue: throughOverdue('lately'),
    everOverdue: throughOverdue('ever'),
    headsOverdue: (job, run) => {
      const now = Timestamp.fromMillis(context.now());
      const due = (ledger: Query) => ({ queries: [ledger.where('askAgainAt', '<=', now)], field: 'askAgainAt' });
      return throughHeads(context, job, due, run);
    },
    headsOlder: (job, run) => {
      const texts = [...batches(endedTexts(context.policy, context.now()), TEXTS_AT_ONCE)];
      const due = (ledger: Query) => ({
        queries: texts.map((some) => ledger.where('agreedTo', 'array-contains-any', some)),
      });
      return throughHeads(context, job, due, run);
    },
  });
  return runnerOf(announceJobs.runner({ announce: (job, run) => announce(context, job, run) }), reconsent);
}

type ReconsentJob = JobOf<typeof reconsentJobs>;
