import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import { jobsIn } from '../jobs/store.ts';
import type { OwnStore } from '../platform/context.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { reconcileId } from './nightlyJobs.ts';

/** The result of the last night that compared statements about people with the ledger. */
export interface StatementsLook {
  /** When that was; null: on none of the last 14 days. */
  readonly lookedAt: Instant | null;
  /** True if no night has looked for two days, of a backend that is as old as that. */
  readonly isLate: boolean;
  /** How many statements were not as the backend wrote them, by problem and kind. No names. */
  readonly faults: readonly { readonly problem: string; readonly kind: string; readonly count: number }[];
}

const LATE_MS = 2 * DAY_MS;
const LOOKED_BACK_MS = 14 * DAY_MS;

/**
 * Returns the result of the last night, from the nightly jobs, which are sealed. One that somebody
 * changed is none. Costs one read for each of the last 14 nights, and one more if none is found.
 */
export async function lastStatementsLook({ clients, keys }: OwnStore, now: Instant): Promise<StatementsLook> {
  const jobs = clients.own().collection('jobs');
  const nights = jobs.orderBy(FieldPath.documentId()).startAt(reconcileId(now - LOOKED_BACK_MS));
  const found = jobsIn((await nights.endAt(reconcileId(now + DAY_MS)).get()).docs, keys).jobs;
  const results = found.flatMap(({ kind, steps: { statements } }) => {
    const { finishedAt, figures } = statements ?? {};
    return kind === 'reconcile' && finishedAt !== undefined ? [{ finishedAt, figures: figures ?? {} }] : [];
  });
  const last = results.sort((a, b) => b.finishedAt - a.finishedAt)[0];
  if (last === undefined) {
    const old = jobs.where('createdAt', '<=', Timestamp.fromMillis(now - LATE_MS)).limit(1);
    return { lookedAt: null, isLate: !(await old.get()).empty, faults: [] };
  }
  const faults = Object.entries(last.figures).map(([code, count]) => {
    const [problem = '', kind = ''] = code.split('.');
    return { problem, kind, count };
  });
  return { lookedAt: last.finishedAt, isLate: now - last.finishedAt > LATE_MS, faults };
}
