import { Timestamp, type Query } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import { fewAtOnce, throughPages } from '../jobs/pages.ts';
import { runnerOf, type JobOf } from '../jobs/define.ts';
import { announceJobs, AT_ONCE, reconsentJobs } from './job.ts';
import { loadJob } from '../jobs/store.ts';
import type { Job, Run } from '../jobs/types.ts';
import { erasureOf } from '../ledger/chain.ts';
import { unlessBroken } from '../ledger/broken.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS } from '../platform/time.ts';
import { calendarOf, cutoff } from '../policy/calendar.ts';
import { endedBefore } from '../policy/versions/inForce.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import type { Progress } from '../systems/system.ts';
import { announce } from './policyChange/announce.ts';
import { askAgain, askChain } from './askAgain.ts';
import { versionJob } from './nightlyJobs.ts';
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
    async (page) => {
      let asked = 0;
      await fewAtOnce(byPerson(context, page), AT_ONCE, async ([uid, theirs]) => {
        const settled = theirs.filter((document) => isSettled(context, document.get('updatedAt')));
        const expired = await unlessBroken(
          context,
          { job: job.id, chain: pseudonymOf(uid, context.keys) },
          async () => {
            const { head } = await reconcilePerson(context, uid, settled);
            return erasureOf(head) ? 0 : askAgain(context, uid);
          },
        );
        // Several at a time: the sum must not be the one from before the wait.
        asked += expired ?? 0;
      });
      return asked;
    },
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
  const to = cutoff(policy.rights.reconsentAfter.period, scheduledAt, calendarOf(policy));
  const query = context.clients
    .app()
    .collectionGroup('consents')
    .where('granted', '==', true)
    .where('updatedAt', '<=', Timestamp.fromMillis(to));
  return since === 'ever' ? query : query.where('updatedAt', '>=', Timestamp.fromMillis(to - CATCH_UP_MS));
}

/** Works through heads of the ledger, and asks each person again for all that is due. */
async function throughHeads(
  context: Context,
  job: Job,
  { query, field }: { query: Query; field: string },
  run: Run,
): Promise<Progress> {
  const own = context.clients.own();
  const { count, more } = await throughPages(
    { db: own, query, field },
    async (page) => {
      let asked = 0;
      await fewAtOnce(page, AT_ONCE, async (document) => {
        const expired = await unlessBroken(context, { job: job.id, chain: document.id }, () =>
          askChain(context, document),
        );
        asked += expired ?? 0;
      });
      return asked;
    },
    { ...run, now: context.now },
  );
  return more === undefined ? told(context, job, count) : { more };
}

/**
 * Is the job at work that asks, once for this version, everybody named by a document? The heads
 * alone may not know whom to ask.
 */
async function isUnderWay(context: Context): Promise<boolean> {
  const job = await loadJob(context, versionJob(context.policy, context.now()));
  return job?.status === 'waiting' || job?.status === 'running';
}

export function reconsentRunner(context: Context): Runner {
  // Agreements to this version, or a later one, cover their purposes as they are.
  const covering = (): string => endedBefore(context.policy, context.now()) ?? '';
  const ledger = context.clients.own().collection('ledger');
  const throughOverdue = (since: 'lately' | 'ever') => (job: ReconsentJob, run: Run) =>
    throughDocuments(context, job, { query: overdue(context, job.input.scheduledAt, since), field: 'updatedAt' }, run);
  const asking = reconsentJobs.runner({
    older: (job, run) => {
      const group = context.clients.app().collectionGroup('consents');
      const query = group.where('granted', '==', true).where('policyVersion', '<', covering());
      return throughDocuments(context, job, { query, field: 'policyVersion' }, run);
    },
    overdue: throughOverdue('lately'),
    everOverdue: throughOverdue('ever'),
    headsOverdue: async (job, run) => {
      if (await isUnderWay(context))
        return {
          wait: context.now() + context.config.pollMs,
          why: 'everybody whom a document names is asked first',
        };
      const query = ledger.where('askAgainAt', '<=', Timestamp.fromMillis(context.now()));
      return throughHeads(context, job, { query, field: 'askAgainAt' }, run);
    },
    headsOlder: (job, run) =>
      throughHeads(
        context,
        job,
        { query: ledger.where('oldestVersion', '<', covering()), field: 'oldestVersion' },
        run,
      ),
  });
  return runnerOf(announceJobs.runner({ announce: (job, run) => announce(context, job, run) }), asking);
}

type ReconsentJob = JobOf<typeof reconsentJobs>;
