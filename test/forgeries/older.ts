import type { DocumentData } from 'firebase-admin/firestore';
import { chainOfAccount } from '../../functions/src/erasure/start.ts';
import { erasureRunner } from '../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../functions/src/consent/reconcile.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { forgottenRestraints } from '../../functions/src/ledger/forgotten.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { exportOf } from '../../functions/src/requests/answered.ts';
import { loadRequest, mirror, personRef, refOf } from '../../functions/src/requests/store.ts';
import { isStillUnused } from '../../functions/src/erasure/contract.ts';
import { provenByAccount } from '../../functions/src/subject/proven.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { readTombstone } from '../../functions/src/subject/tombstones.ts';
import { ADA, bare, CREATED, EVE, identityOf, KIM } from './people.ts';

/**
 * Older versions of documents have their own right seals. For each kind that no check names, a
 * function lets the backend act on the older version. It is true if nothing happens that did not
 * happen rightly: docs/seals.md, "An older version put back", says why.
 */
export const isWithoutEffect: Readonly<
  Record<string, (context: Context, older: DocumentData, newer: DocumentData) => Promise<boolean>>
> = {
  /** An erasure that was given up is given up again, before the mark of the person. */
  job: async (context, _older, newer) => {
    const id = String(newer['id']);
    const job = await loadJob(context, id);
    if (job === null) return false;
    await erasureRunner(bare(context), reconcilePerson).run('begin', job, { deadline: Infinity });
    const isMarked = (await readTombstone(context, pseudonymOf(ADA, context.keys))) !== undefined;
    return !isMarked && (await loadJob(context, id))?.status === 'cancelled';
  },
  /** A hold or a restriction that is over seems to run by its entry: the head knows better. */
  entry: async ({ clients, keys, now }, older) => {
    const { name } = older['statement'] as { readonly name: string };
    const forgotten = await forgottenRestraints(clients.own(), keys, now());
    return older['keepsUntil'] !== undefined && forgotten.every(({ version }) => version.name !== name);
  },
  /**
   * A request that was answered is open again for an officer. The person sees it answered, and gets
   * no archive.
   */
  request: async (context) => {
    const ref = refOf(ADA, pseudonymOf(ADA, context.keys), 'r1', context.keys);
    const record = await loadRequest(context, ref.key);
    if (record === null || (await exportOf(context, ADA, 'r1')) !== null) return false;
    await mirror(context, ref, record);
    return (await personRef(context.clients.app(), ref).get()).get('status') === 'completed';
  },
  /**
   * Of an account that is gone, the older version proves no address: none was verified at its
   * deletion yet.
   */
  known: async (context) => {
    const { subject } = await provenByAccount(context, {
      uid: ADA,
      pseudonym: pseudonymOf(ADA, context.keys),
      accountCreatedAt: CREATED,
    });
    return subject.verifiedEmails.length === 0 && Object.keys(subject.providerIds).length === 0;
  },
  /** The older identity names fewer handles, and none that the newer one does not name. */
  identity: async (context, _older, newer) => {
    const { handles } = await identityOf(context, ADA);
    const all = JSON.parse(String(newer['identity'])) as { handles: unknown[] };
    const isKnown = (handle: unknown): boolean =>
      all.handles.some((other) => JSON.stringify(other) === JSON.stringify(handle));
    return handles.length < all.handles.length && handles.every(isKnown);
  },
  /** An erased person stays erased: the closed chain says so, and the mark does not matter. */
  mark: async (context) => (await chainOfAccount(context, EVE, CREATED)).erased,
  /** The person was seen since: the account is not unused. */
  inactivity: async (context) => !(await isStillUnused(context, { uid: KIM, accountCreatedAt: CREATED })),
};
