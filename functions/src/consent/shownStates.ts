import { Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { eachPerson, throughPages } from '../jobs/pages.ts';
import type { JobOf } from '../jobs/define.ts';
import type { Run } from '../jobs/types.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { readHead } from '../ledger/documents.ts';
import { latestHead } from '../ledger/find.ts';
import { stateRef } from '../ledger/shown/show.ts';
import { saysState, shownState, stateToDocument } from '../ledger/shown/state.ts';
import type { Context } from '../platform/context.ts';
import { createIfAbsent, updateIfUnchanged } from '../platform/firestore.ts';
import { uidOfChains } from '../subject/known.ts';
import type { Progress } from '../systems/system.ts';
import type { reconcileJobs } from './job.ts';

/**
 * Compares the states that the app reads with the heads that changed lately, and writes those anew
 * that differ. A process died before it wrote one, or wrote an older one over a newer one. Costs 3
 * reads for each of these heads, and 2 reads and a write more for each difference. Somebody whom no
 * document of `subjects` knows is left out.
 */
export async function compareStates(context: Context, job: JobOf<typeof reconcileJobs>, run: Run): Promise<Progress> {
  const { from, to } = job.input;
  const own = context.clients.own();
  const query = own
    .collection('ledger')
    .where('changedAt', '>=', Timestamp.fromMillis(from))
    .where('changedAt', '<=', Timestamp.fromMillis(to));
  const { count, more } = await throughPages(
    { db: own, query, field: 'changedAt' },
    (page) => eachPerson(context, page, { job, chainOf: ({ id }) => id }, (head) => compareState(context, head)),
    { ...run, now: context.now },
  );
  if (more !== undefined) return { more };
  if (count > 0) context.log.warn('the app was shown other states than the ledger says', { job: job.id, count });
  return { settled: [], figures: { shown: count } };
}

/** Returns how many states of a chain's person were written anew: one or none. */
async function compareState(context: Context, document: QueryDocumentSnapshot): Promise<number> {
  const { id } = document;
  const head = readHead(id, document.data(), context.keys);
  if (erasureOf(head) ?? head.continuedBy) return 0;
  const uid = await uidOfChains(context, [id, ...(head.continues === undefined ? [] : [head.continues.chain])]);
  if (uid === null) return 0;
  const ref = stateRef(context.clients.app(), uid);
  if (says(context, (await ref.get()).data(), head)) return 0;
  // The document comes before the head: a newer head than this one writes the document itself, and
  // then the guarded write below fails.
  const shown = await ref.get();
  const { head: latest } = await latestHead(context, uid);
  if (erasureOf(latest) !== undefined || says(context, shown.data(), latest)) return 0;
  const state = stateToDocument(shownState(latest, context.policy, context.now()), context.now());
  return Number(await (shown.exists ? updateIfUnchanged(shown, state) : createIfAbsent(ref, state)));
}

const says = ({ policy, now }: Context, data: Parameters<typeof saysState>[0], head: Head): boolean =>
  saysState(data, shownState(head, policy, now()));
