import { Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { fewAtOnce, throughPages } from '../jobs/pages.ts';
import type { JobOf } from '../jobs/define.ts';
import type { Run } from '../jobs/types.ts';
import { unlessBroken } from '../ledger/broken.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { readHead } from '../ledger/documents.ts';
import { latestHead } from '../ledger/find.ts';
import { stateRef } from '../ledger/shown/show.ts';
import { saysState, shownState, stateToDocument } from '../ledger/shown/state.ts';
import type { Context } from '../platform/context.ts';
import { createIfAbsent, updateIfUnchanged } from '../platform/firestore.ts';
import { uidOfChains } from '../subject/known.ts';
import type { Progress } from '../systems/system.ts';
import { AT_ONCE, type reconcileJobs } from './job.ts';

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
    async (page) => {
      let written = 0;
      await fewAtOnce(page, AT_ONCE, async (document) => {
        const of = { job: job.id, chain: document.id };
        if (await unlessBroken(context, of, () => compareState(context, document))) written += 1;
      });
      return written;
    },
    { ...run, now: context.now },
  );
  if (more !== undefined) return { more };
  if (count > 0) context.log.warn('the app was shown other states than the ledger says', { job: job.id, count });
  return { settled: [], figures: { shown: count } };
}

/** Returns whether the state of a chain's person was written anew. */
async function compareState(context: Context, document: QueryDocumentSnapshot): Promise<boolean> {
  const { id } = document;
  const head = readHead(id, document.data(), context.keys);
  if (erasureOf(head) ?? head.continuedBy) return false;
  const uid = await uidOfChains(context, [id, ...(head.continues === undefined ? [] : [head.continues.chain])]);
  if (uid === null) return false;
  const ref = stateRef(context.clients.app(), uid);
  if (says(context, (await ref.get()).data(), head)) return false;
  // The document comes before the head: a newer head than this one writes the document itself, and
  // then the guarded write below fails.
  const shown = await ref.get();
  const { head: latest } = await latestHead(context, uid);
  if (erasureOf(latest) !== undefined || says(context, shown.data(), latest)) return false;
  const state = stateToDocument(shownState(latest, context.policy, context.now()), context.now());
  return shown.exists ? updateIfUnchanged(shown, state) : createIfAbsent(ref, state);
}

const says = ({ policy, now }: Context, data: Parameters<typeof saysState>[0], head: Head): boolean =>
  saysState(data, shownState(head, policy, now()));
